import { expect, it } from 'vitest';
import { type Backend, Engine, type Instance } from '../../src/engine/index.js';
import { REGISTER_NAMES } from '../../src/isa/index.js';
import { assemble } from '../../src/text/index.js';

/** A loop of one block, which is unrolled: reads and writes 8 bytes a round, from an address on. */
const PROGRAM = assemble(`
  %isa = latest64
  %rw_data_size = 4096

  pub @fill:
  a2 = 0
  @next:
  a3 = u64 [a0]
  a2 = a2 + a1
  u64 [a0] = a2
  a0 = a0 + 8
  a1 = a1 + -1
  jump @next if a1 != 0
  ret
`);
const { memoryMap } = new Engine().compile(PROGRAM);
const { readWriteBase, readWriteSize } = memoryMap;

function start(backend: Backend): Instance {
  return new Engine({ backend }).compile(PROGRAM, { cache: false }).instantiate();
}

/** All that can be seen after a call. */
function call(instance: Instance, address: number, rounds: number, gas: number): unknown {
  instance.resetMemory();
  instance.gas = BigInt(gas);
  instance.prepareCall('fill', [BigInt(address), BigInt(rounds)]);
  const interrupt = instance.run();
  return {
    interrupt,
    gas: instance.gas,
    pc: instance.programCounter,
    next: instance.nextProgramCounter,
    registers: REGISTER_NAMES.map((name) => instance.getRegister(name)),
    memory: Buffer.from(instance.readMemory(readWriteBase, readWriteSize)).toString('base64'),
  };
}

const compiled = start('compiler');
const interpreted = start('interpreter');

it('an unrolled loop ends after any number of rounds', () => {
  for (let rounds = 1; rounds < 40; rounds++) {
    expect(call(compiled, readWriteBase, rounds, 1_000_000)).toEqual(
      call(interpreted, readWriteBase, rounds, 1_000_000),
    );
  }
});

it('an unrolled loop runs out of gas in any round', () => {
  for (let gas = 0; gas < 700; gas++) {
    expect(call(compiled, readWriteBase, 20, gas)).toEqual(call(interpreted, readWriteBase, 20, gas));
  }
});

it('an unrolled loop traps where memory ends, in any round', () => {
  for (let distance = 0; distance < 90; distance++) {
    const address = readWriteBase + readWriteSize - distance;
    expect(call(compiled, address, 20, 1_000_000)).toEqual(call(interpreted, address, 20, 1_000_000));
  }
});
