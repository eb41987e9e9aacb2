import { Engine, type Instance } from 'polkavm-js';
import { assemble } from 'polkavm-js/text';

/** What an argument can be: how many registers it takes, and what a host function gets for them. */
const types = {
  u64: { registers: 1, read: (_: Instance, [value]: bigint[]) => value! },
  /** A pointer and a length. */
  text: {
    registers: 2,
    read: (instance: Instance, [pointer, length]: bigint[]) =>
      new TextDecoder().decode(instance.readMemory(Number(pointer), Number(length))),
  },
} as const;
type Types = typeof types;
type Arguments<T extends readonly (keyof Types)[]> = { [K in keyof T]: ReturnType<Types[T[K]]['read']> };

/** Makes a host function: it gets what its types say, and its result goes into a0. */
function hostFunction<const T extends readonly (keyof Types)[]>(names: T, call: (...args: Arguments<T>) => bigint) {
  return (instance: Instance): void => {
    const registers = (['a0', 'a1', 'a2', 'a3', 'a4', 'a5'] as const).map((name) => instance.getRegister(name));
    const args = names.map((name) => types[name].read(instance, registers.splice(0, types[name].registers)));
    instance.setRegister('a0', call(...(args as Arguments<T>)));
  };
}

const stock = new Map([['apples', 7n]]);
const host = {
  log: hostFunction(['text'], (message) => {
    console.log('the program says:', message);
    return 0n;
  }),
  add_to_stock: hostFunction(['text', 'u64'], (what, count) => {
    stock.set(what, (stock.get(what) ?? 0n) + count);
    return stock.get(what)!;
  }),
};

const module = new Engine().compile(
  assemble(`
    %isa = latest64
    %ro_data = 'apples'

    pub @main:
    a0 = 0x10000
    a1 = 6
    ecalli log
    a0 = 0x10000
    a1 = 6
    a2 = 5
    ecalli add_to_stock
    ret
  `),
);
// Before anything runs: a program must not ask for what the host has not got.
const functions = module.imports.map((imported) => {
  const entry = Object.entries(host).find(([name]) => name === imported?.name);
  if (entry === undefined) throw new Error(`no host function ${imported?.name}`);
  return entry[1];
});

const instance = module.instantiate();
instance.gas = 10_000n;
instance.prepareCall('main');
let interrupt = instance.run();
while (interrupt.kind === 'ecalli') {
  const call = functions[interrupt.index];
  if (call === undefined) break; // an ecalli past the import table
  call(instance);
  interrupt = instance.run();
}
console.log(interrupt.kind, instance.getRegister('a0'), stock);
