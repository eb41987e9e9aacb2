import { describe, expect, it } from 'vitest';
import { Engine, type Instance, type ModuleOptions } from '../engine/index.js';
import { assemble } from '../text/index.js';
import type { CallNode, Profile } from './profile.js';
import { Profiler } from './profiler.js';

/** Recursive Fibonacci numbers: `main` calls `fib`, which calls itself twice. */
const FIBONACCI = `
%isa = latest64
%stack_size = 65536
pub @main:
sp = sp - 8
u64 [sp] = ra
ra = @main_back
jump @fib
@main_back:
ra = u64 [sp]
sp = sp + 8
ret
@fib:
jump @fib_recurse if a0 >=u 2
ret
@fib_recurse:
sp = sp - 24
u64 [sp] = ra
u64 [sp + 8] = s0
u64 [sp + 16] = s1
s0 = a0
a0 = a0 - 1
ra = @fib_first
jump @fib
@fib_first:
s1 = a0
a0 = s0 - 2
ra = @fib_second
jump @fib
@fib_second:
a0 = a0 + s1
ra = u64 [sp]
s0 = u64 [sp + 8]
s1 = u64 [sp + 16]
sp = sp + 24
ret
`;

function profilerOf(source: string, options: ModuleOptions = {}): Profiler {
  const blob = assemble(source, { isa: 'latest64', debugPath: 'program.pvmasm' });
  return new Profiler(new Engine({ backend: 'interpreter', costModel: 'naive' }).compile(blob, options));
}

function call(instance: Instance, name: string, ...args: bigint[]): Instance {
  instance.gas = 1_000_000_000n;
  instance.prepareCall(name, args);
  return instance;
}

/** What the program took to run to its end, answering host calls. */
function profileOf(source: string, name = 'main', ...args: bigint[]): Profile {
  const profiler = profilerOf(source);
  const instance = call(profiler.instantiate(), name, ...args);
  let interrupt = instance.run();
  while (interrupt.kind === 'ecalli') interrupt = instance.run();
  expect(interrupt.kind).toBe('finished');
  return profiler.profile();
}

function functionNamed(profile: Profile, name: string) {
  const found = profile.functions.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no function ${name} among ${profile.functions.map((f) => f.name)}`);
  return found;
}

/** The calls of a node as text: names, with how often each was called, and what it called in parentheses. */
function shape({ name, calls, children }: CallNode): string {
  const below = children.map(shape).sort().join(' ');
  return `${name}*${calls}${below === '' ? '' : `(${below})`}`;
}

function calls(profile: Profile): string {
  return profile.root.children.map(shape).sort().join(' ');
}

describe('the functions of a profile', () => {
  it('have what they took themselves, and what all that they called took', () => {
    const profile = profileOf(FIBONACCI, 'main', 10n);
    const [main, fib] = [functionNamed(profile, 'main'), functionNamed(profile, 'fib')];
    expect(main.calls).toBe(1);
    expect(fib.calls).toBe(177);
    expect(main.self.instructions).toBe(7);
    // A call of fib below 2 is 2 instructions, any other 19 of its own: 89 and 88 of them.
    expect(fib.self.instructions).toBe(89 * 2 + 88 * 19);
    expect(main.total).toEqual(profile.total);
    expect(fib.total.instructions).toBe(profile.total.instructions - 7);
    expect(profile.functions.reduce((sum, { self }) => sum + self.gas, 0)).toBe(profile.total.gas);
  });

  it('know where they come from', () => {
    const profile = profileOf(FIBONACCI, 'main', 3n);
    expect(functionNamed(profile, 'fib')).toMatchObject({ path: 'program.pvmasm', line: 14 });
  });

  it('have the names of exports, or code offsets, without debug information', () => {
    const module = new Engine({ backend: 'interpreter' }).compile(assemble(FIBONACCI));
    const profiler = new Profiler(module);
    call(profiler.instantiate(), 'main', 3n).run();
    const names = profiler.profile().functions.map(({ name, pc, calls }) => `${name} ${pc} ${calls}`);
    const fib = names.find((name) => name.startsWith('fib'));
    expect(fib).toBeUndefined();
    expect(names).toContain('main 0 1');
    expect(names.filter((name) => /^fn@(\d+) \1 5$/.test(name))).toHaveLength(1);
  });

  it('are found when they are only called by their address', () => {
    const module = new Engine({ backend: 'interpreter', costModel: 'naive' }).compile(
      assemble(`
        %isa = latest64
        pub @main:
        s0 = ra
        a1 = @double
        ra = @back
        jump [a1]
        @back:
        a0 = a0 + 1
        jump [s0]
        @double:
        a0 = a0 * 2
        ret`),
    );
    const profiler = new Profiler(module);
    const instance = call(profiler.instantiate(), 'main', 4n);
    expect(instance.run().kind).toBe('finished');
    expect(instance.getRegister('a0')).toBe(9n);
    expect(calls(profiler.profile())).toMatch(/^main\*1\(fn@\d+\*1\)$/);
  });
});

describe('the calls of a profile', () => {
  it('have a node for each way that leads to a function', () => {
    expect(calls(profileOf(FIBONACCI, 'main', 3n))).toBe('main*1(fib*1(fib*2(fib*2)))');
  });

  it('let a tail call take the place of its caller', () => {
    const profile = profileOf(`
      pub @main:
      s0 = ra
      ra = @main_back
      jump @first
      @main_back:
      jump [s0]
      pub @first:
      a0 = 1
      jump @second
      pub @second:
      a0 = 2
      ret`);
    expect(calls(profile)).toBe('main*1(first*1 second*1)');
  });

  it('drop the frames that longjmp leaves', () => {
    // main calls outer, which calls inner, which goes back to main with the stack pointer that main had.
    const profile = profileOf(`
      %stack_size = 4096
      pub @main:
      s0 = ra
      s1 = sp
      ra = @landed
      t0 = ra
      jump @outer
      @landed:
      ra = @main_back
      jump @after
      @main_back:
      jump [s0]
      pub @outer:
      sp = sp - 16
      ra = @outer_back
      jump @inner
      @outer_back:
      trap
      pub @inner:
      sp = s1
      jump [t0]
      pub @after:
      ret`);
    expect(calls(profile)).toBe('main*1(after*1 outer*1(inner*1))');
  });

  it('know calls whose callee begins, or ends, in the code of its caller', () => {
    // As the linker's optimizer leaves them: the start of half() is at its only call, which goes on in its middle, and
    // ends with what follows the call; all of leaf() is in the place of a call, of which ra is what is left.
    const profile = profileOf(
      `
      %stack_size = 4096
      pub @main:
      sp = sp - 8
      u64 [sp] = ra
      s0 = 3
      @next:
      ra = @unused
      sp = sp - 16
      u64 [sp] = s0
      jump @half_middle
      @unused:
      trap
      @joined:
      ra = @unused_too
      a1 = a1 + 1
      jump @last
      @unused_too:
      trap
      @last:
      s0 = s0 - 1
      jump @next if s0 != 0
      ra = u64 [sp]
      sp = sp + 8
      ret
      pub @half:
      sp = sp - 16
      u64 [sp] = s0
      fallthrough
      @half_middle:
      sp = sp + 16
      jump @joined`,
    );
    expect(calls(profile)).toBe('main*1(half*3)');
  });

  it('do not take a switch for a return', () => {
    const profile = profileOf(`
      pub @main:
      s0 = 3
      @next:
      a1 = @case
      jump [a1]
      @case:
      s0 = s0 - 1
      jump @next if s0 != 0
      ret`);
    expect(calls(profile)).toBe('main*1');
  });

  it('stay bounded when a program calls and never returns', () => {
    const source = `
      pub @main:
      s0 = 200000
      @next:
      ra = @back
      jump @even
      @back:
      trap
      pub @even:
      s0 = s0 - 1
      ra = @even_back
      jump @odd if s0 != 0
      @even_back:
      trap
      pub @odd:
      ra = @odd_back
      jump @even
      @odd_back:
      trap`;
    const profiler = profilerOf(source);
    const instance = call(profiler.instantiate(), 'main');
    expect(instance.run().kind).toBe('trap');
    const profile = profiler.profile();
    const even = functionNamed(profile, 'even');
    expect(even.calls).toBe(200_000);
    expect(profile.total.gas).toBe(1_000_000_000 - Number(instance.gas));
    let depth = 0;
    for (let node: CallNode | undefined = profile.root; node !== undefined; node = node.children[0]) depth++;
    expect(depth).toBeLessThan(1000);
  });

  it('return rightly from a recursion deeper than what is kept of it', () => {
    const profile = profileOf(
      `
      %stack_size = 4194304
      pub @main:
      s0 = ra
      ra = @main_back
      jump @down
      @main_back:
      ra = @main_end
      jump @after
      @main_end:
      jump [s0]
      pub @down:
      jump @leave if a0 == 0
      sp = sp - 8
      u64 [sp] = ra
      a0 = a0 - 1
      ra = @down_back
      jump @down
      @down_back:
      ra = u64 [sp]
      sp = sp + 8
      @leave:
      ret
      pub @after:
      ret`,
      'main',
      100_000n,
    );
    expect(functionNamed(profile, 'down').calls).toBe(100_001);
    const [main] = profile.root.children;
    expect(main!.children.map(({ name }) => name).sort()).toEqual(['after', 'down']);
  });
});

describe('the syscalls of a profile', () => {
  it('are counted, with what the host charged for them', () => {
    const profiler = profilerOf(`
      %import = ask
      %import = tell
      pub @main:
      ecalli ask
      ecalli tell
      ecalli ask
      ret`);
    const instance = call(profiler.instantiate(), 'main');
    for (let interrupt = instance.run(); interrupt.kind === 'ecalli'; interrupt = instance.run()) instance.gas -= 100n;
    const { syscalls, total, root } = profiler.profile();
    expect(syscalls).toEqual([
      { index: 0, name: 'ask', calls: 2, gas: 200 },
      { index: 1, name: 'tell', calls: 1, gas: 100 },
    ]);
    expect(total).toEqual({ gas: 304, instructions: 4 });
    expect(root.children[0]!.children.map(({ name, kind, calls }) => [name, kind, calls])).toEqual([
      ['ask', 'syscall', 2],
      ['tell', 'syscall', 1],
    ]);
  });
});

describe('the lines of a profile', () => {
  it('tell how often each was executed, and which never were', () => {
    const { lines } = profileOf(
      ['pub @main:', 'jump @skip if a0 == 0', 'a0 = a0 + 1', '@skip:', 'a1 = 1', 'a2 = 2', 'ret'].join('\n'),
      'main',
      0n,
    );
    const counts = Object.fromEntries(lines.map(({ line, count }) => [line, count]));
    // The label on line 4 needs the block before it to end, which takes an instruction.
    expect(counts).toEqual({ 2: 1, 3: 0, 4: 0, 5: 1, 6: 1, 7: 1 });
    expect(lines.every(({ path }) => path === 'program.pvmasm')).toBe(true);
    expect(lines.reduce((sum, { gas }) => sum + gas, 0)).toBe(4);
  });

  it('leave out what comes behind a trap', () => {
    const profiler = profilerOf('pub @main:\na0 = 1\na1 = u8 [a0]\na2 = 2\nret');
    const instance = call(profiler.instantiate(), 'main');
    instance.run();
    instance.prepareCall('main');
    instance.run();
    const counts = Object.fromEntries(profiler.profile().lines.map(({ line, count }) => [line, count]));
    expect(counts).toEqual({ 2: 2, 3: 2, 4: 0, 5: 0 });
  });
});
