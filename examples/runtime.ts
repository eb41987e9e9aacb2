import { readFileSync } from 'node:fs';
import { createWasmImports, InMemoryExternalities, VirtManager, VirtManagerExt } from 'polkavm-js/virtualization';

// What the runtime's host functions see: storage, and the manager of this block's programs.
const externalities = new InMemoryExternalities();
externalities.extensions.register(new VirtManagerExt(new VirtManager()));

// The runtime imports env.memory; one that exports its memory instead works as well.
const memory = new WebAssembly.Memory({ initial: 16 });
const env = { ...createWasmImports(externalities, () => memory), memory };

const wasm = readFileSync(new URL('../fixtures/runtime/imported-memory.wasm', import.meta.url));
const { instance } = await WebAssembly.instantiate(wasm, { env });
const { counter_start_at_7, last_counter, last_gas } = instance.exports as Record<string, () => unknown>;

// A runtime call that compiles, starts and drives a PolkaVM program.
console.log('passed:', counter_start_at_7!() === 1);
console.log('counter:', last_counter!(), 'gas left:', last_gas!());
