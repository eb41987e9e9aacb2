import { Engine } from 'polkavm-js';
import { assemble, disassemble } from 'polkavm-js/text';

const blob = assemble(`
  %isa = latest64
  %rw_data_size = 16

  pub @main:
  a1 = 0x20000
  u32 [a1 + 4] = a0
  a2 = u16 [a1 + 3]
  u32 [a1 + 4096] = a2
  ret
`);
// The text of each instruction, by its offset in the code.
const lines = new Map<number, string>();
for (const [, pc, text] of disassemble(blob).matchAll(/^ *(\d+): (.*)$/gm)) lines.set(Number(pc), text!);

const instance = new Engine().compile(blob, { stepTracing: true }).instantiate();
instance.gas = 1_000n;
instance.prepareCall('main', [0x11223344n]);

let interrupt = instance.run();
while (interrupt.kind === 'step') {
  console.log(`${interrupt.pc}: ${lines.get(interrupt.pc)}`);
  interrupt = instance.run(); // executes the instruction
}

console.log(
  interrupt.kind,
  interrupt.kind === 'trap' ? `at ${interrupt.pc}: the page after the data is not there` : '',
);
console.log(`a2 = 0x${instance.getRegister('a2').toString(16)}, memory`, instance.readMemory(0x20000, 8));
