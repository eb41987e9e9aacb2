/** What the reference assembler makes of text, recorded: the overlap of its language with ours. */
import { describe, expect, it } from 'vitest';
import { parseProgram } from '../program/index.js';
import { assemble } from './index.js';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Instructions and their bytes in latest64. Label x is the instruction itself. */
const INSTRUCTIONS = `
trap                                 : 00
fallthrough                          : 01
unlikely                             : 03
ret                                  : 3200
nop                                  : 6400
ecalli 0                             : 0a
ecalli 128                           : 0a8000
ecalli 4294967295                    : 0aff
jump [a1]                            : 3208
jump [a1 + 8]                        : 320808
jump [ra + 0xfffffff8]               : 3200f8
a0 = 1234, jump [a1]                 : b48702d204
a0 = 1234, jump [a1 + 100]           : b48702d20464
tmp = a0, a0 = 1234, jump [tmp]      : b47702d204
tmp = a0, a1 = 0xffffffff, jump [tmp + -1] : b47801ffff
a0 = a1 if a2 == 0                   : da9807
a0 = 5 if a2 == 0                    : 939705
a0 = 0xffffffff if a2 == 0           : 9397ff
a0 = a1                              : 6487
r0 = r12                             : 64c0
a0 = 0                               : 3307
a0 = -1                              : 3307ff
a0 = 0x7fffffff                      : 3307ffffff7f
a0 = 0x80000000                      : 14070000008000000000
a0 = 4294967295                      : 1407ffffffff00000000
a0 = 0xffffffffffffffff              : 3307ff
a0 = 18446744073709551615            : 3307ff
a0 = 0xffffffff80000000              : 330700000080
a0 = 0xffffffff7fffffff              : 1407ffffff7fffffffff
a0 = i64 5                           : 14070500000000000000
a0 = i64 -1                          : 1407ffffffffffffffff
a0 = 0b1011                          : 33070b
a0 = clz a1                          : 6887
i32 a0 = clz a1                      : 6987
a0 = ctz a1                          : 6a87
i32 a0 = ctz a1                      : 6b87
a0 = cpop a1                         : 6687
i32 a0 = cpop a1                     : 6787
a0 = sext8 a1                        : 6c87
i32 a0 = sext8 a1                    : 6c87
a0 = sext16 a1                       : 6d87
a0 = zext16 a1                       : 6e87
a0 = reverse a1                      : 6f87
a0 = ~(a1 ^ a2)                      : e29807
a0 = maxs(a1, a2)                    : e39807
a0 = maxu(a1, a2)                    : e49807
a0 = mins(a1, a2)                    : e59807
a0 = minu(a1, a2)                    : e69807
a0 = u8 [0x20000]                    : 3407000002
a0 = i8 [-8]                         : 3507f8
a0 = u16 [a1]                        : 7e87
a0 = i16 [a1 + 0xfffffff8]           : 7f87f8
a0 = u32 [a1 + -8]                   : 8087f8
a0 = i32 [a1 + 4097]                 : 81870110
a0 = u64 [4294967288]                : 3a07f8
u8 [0x20000] = a0                    : 3b07000002
u16 [a1] = a0                        : 7987
u32 [a1 + 8] = a0                    : 7a8708
u64 [a1 + 0xffffffff] = a0           : 7b87ff
u8 [0x20000] = 255                   : 1e03000002ff00
u16 [a1] = 0xffff                    : 4708ffff00
u32 [a1 + 8] = -1                    : 481808ff
u64 [a1 + 1] = 0x778899aa            : 491801aa998877
a0 = a1 + a2                         : c89807
i32 a0 = a1 + a2                     : be9807
a0 = a1 + 5                          : 958705
a0 = 5 + a1                          : 958705
i32 a0 = a1 + -5                     : 8387fb
a0 = a1 - a2                         : c99807
a0 = a1 - 5                          : 9587fb
i32 a0 = a1 - 5                      : 8387fb
a0 = 5 - a1                          : 9a8705
i32 a0 = 5 - a1                      : 8d8705
a0 = a1 * a2                         : ca9807
a0 = a1 * 7                          : 968707
i32 a0 = 7 * a1                      : 878707
a0 = a1 & a2                         : d29807
a0 = a1 & 0b011                      : 848703
a0 = 3 & a1                          : 848703
a0 = a1 | a2                         : d49807
a0 = a1 | -1                         : 8687ff
a0 = a1 ^ a2                         : d39807
a0 = 9 ^ a1                          : 858709
a0 = a1 & ~a2                        : e09807
a0 = a1 | ~a2                        : e19807
a0 = a1 /u a2                        : cb9807
i32 a0 = a1 /s a2                    : c29807
a0 = a1 %u a2                        : cd9807
i32 a0 = a1 %s a2                    : c49807
a0 = a1 << a2                        : cf9807
a0 = a1 << 3                         : 978703
a0 = 3 << a1                         : 9b8703
i32 a0 = a1 >> a2                    : c69807
i32 a0 = a1 >> 3                     : 8b8703
i32 a0 = 3 >> a1                     : 918703
a0 = a1 >>a a2                       : d19807
a0 = a1 >>a 3                        : 998703
i32 a0 = -65535 >>a a1               : 92870100ff
a0 = a1 >>r a2                       : de9807
i32 a0 = a1 >>r 3                    : a08703
a0 = 9 >>r a1                        : 9f8709
a0 = a1 <<r a2                       : dc9807
i32 a0 = a1 <<r a2                   : dd9807
a0 = a1 <u a2                        : d89807
a0 = a1 <s 10                        : 89870a
a0 = 10 <u a1                        : 8e870a
a0 = 10 <s a1                        : 8f870a
a0 = a1 >u a2                        : d88907
a0 = a1 >s a2                        : d98907
a0 = a1 >u 10                        : 8e870a
a0 = 10 >s a1                        : 89870a
a0=a1+a2                             : c89807
a0 = u8[a1+5]                        : 7c8705
a0 = maxs( a1 ,a2 )                  : e39807
a0 = a1 >>a2                         : 998702
jump @x                              : 28
jump @x if a1 == a2                  : aa98
jump @x if a1 != a2                  : ab98
jump @x if a1 <u a2                  : ac98
jump @x if a1 <s a2                  : ad98
jump @x if a1 <=u a2                 : ae89
jump @x if a1 <=s a2                 : af89
jump @x if a1 >u a2                  : ac89
jump @x if a1 >s a2                  : ad89
jump @x if a1 >=u a2                 : ae98
jump @x if a1 >=s a2                 : af98
jump @x if a1 == 5                   : 511805
jump @x if a1 != 0xffffffff          : 5218ff
jump @x if a1 <u 5                   : 531805
jump @x if a1 <s -5                  : 5718fb
jump @x if a1 <=u 5                  : 541805
jump @x if a1 <=s 5                  : 581805
jump @x if a1 >u 5                   : 561805
jump @x if a1 >s 5                   : 5a1805
jump @x if a1 >=u 5                  : 551805
jump @x if a1 >=s 5                  : 591805
jump @x if 5 <u a1                   : 561805
jump @x if 5 >=s a1                  : 581805
jump @x if 5 <=u a1                  : 551805
jump @x if 5 >s a1                   : 571805
jump @x if 5 == a1                   : 511805
ra = 5, jump @x                      : 501005
ra = -300, jump @x                   : 5020d4fe
`;

describe('an instruction assembles to the bytes of the reference', () => {
  const lines = INSTRUCTIONS.trim().split('\n');
  it.each(lines.map((line) => line.split(/ +: /)))('%s', (text, bytes) => {
    const { code } = parseProgram(assemble(`@y:\n trap\n @x:\n ${text}`, { isa: 'latest64' }));
    expect(hex(code)).toBe(`00${bytes}`);
  });
});

const PROGRAM = `
  %isa = jam_v1
  %ro_data_size = 200
  %rw_data_size = 70000
  %stack_size = 4096
  %ro_data = 01 02 03 ff
  %rw_data = 0a0b0c
  // A comment.
  pub @zeta:
  a0 = @target
  jump [a0]
  pub @alpha:
  jump @target if a0 <u 5
  a1 = 0x123456789abcdef0
  @target:
  a0 = a0 + -300
  i32 a1 = a1 * a2
  jump @zeta
  pub @middle: %no_fallthrough
  ecalli 7
  pub @inner: %no_fallthrough
  ret
`;

const PROGRAM_BLOB = [
  '50564d00036d00000000000000010780c8c1701190000204010203ff03030a0b0c051d040505616c7068611f05696e6e',
  '65721d066d6964646c6500047a657461062a0101211433070232075317050f1408f0debc9a78563412019577d4fec098',
  '0828e50a073200290218a90000',
].join('');

it('a program assembles to the blob of the reference', () => {
  expect(hex(assemble(PROGRAM))).toBe(PROGRAM_BLOB);
});

it('jumps over any distance are as long as in the reference', () => {
  const source = `
    @a:
    jump @b
    ${'a0 = a0 + 0x10000000\n'.repeat(40)}
    jump @a if a0 == 5
    @b:
    jump @a
  `;
  const { code } = parseProgram(assemble(source, { isa: 'latest64' }));
  expect(hex(code)).toBe(`28f800${'957700000010'.repeat(40)}5117050dff2808ff`);
});
