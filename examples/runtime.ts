import { readFileSync } from 'node:fs';
import { createWasmImports, InMemoryExternalities, VirtManager, VirtManagerExt } from 'polkavm-js/virtualization';

const externalities = new InMemoryExternalities(); // or your own storage
externalities.extensions.register(new VirtManagerExt(new VirtManager()));
const env = createWasmImports(externalities, () => memory); // the nine functions

const wasm = readFileSync(new URL('../fixtures/runtime/exported-memory.wasm', import.meta.url));
const { instance } = await WebAssembly.instantiate(wasm, { env });
const memory = instance.exports.memory as WebAssembly.Memory;

const { counter_start_at_7, last_counter, last_gas } = instance.exports as Record<string, () => unknown>;
console.log(counter_start_at_7!(), last_counter!(), last_gas!()); // 1 15n 999999272n
