import { readFileSync } from 'node:fs';
import { Engine } from 'polkavm-js';
import { lcov, Profiler } from 'polkavm-js/profiler';
import { assemble } from 'polkavm-js/text';

const source = readFileSync(new URL('squares.pvmasm', import.meta.url), 'utf8');
const blob = assemble(source, { debugPath: 'squares.pvmasm' });
const profiler = new Profiler(new Engine().compile(blob));

// All instances of a profiler count together.
for (const n of [3n, 10n]) {
  const instance = profiler.instantiate();
  instance.gas = 100_000n;
  instance.prepareCall('main', [n]);
  while (instance.run().kind === 'ecalli') instance.gas -= 50n; // what this host charges
}

const { functions, syscalls, ...profile } = profiler.profile();
for (const { name, calls, self, total } of functions) console.log(name, calls, self.gas, total.gas);
console.log(syscalls[0]);
console.log(lcov({ functions, syscalls, ...profile }).match(/^(LF|LH).*/gm));
