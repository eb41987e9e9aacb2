import { readFileSync } from 'node:fs';
import { Engine } from 'polkavm-js';
import {
  createWasmImports,
  Extensions,
  type Externalities,
  UPSTREAM_MAX_LIVE_INSTANCES,
  VirtManager,
  VirtManagerExt,
} from 'polkavm-js/virtualization';

type Trie = Readonly<Record<string, string>>;

/** A chain's state as this executor has it: values by key, in hexadecimal or as text. */
class ChainState implements Externalities {
  readonly extensions = new Extensions();
  readonly #tries: { readonly main: Trie; readonly children: Readonly<Record<string, Trie>> };

  constructor(json: string) {
    this.#tries = JSON.parse(json);
  }

  storage(key: Uint8Array): Uint8Array | undefined {
    return bytes(this.#tries.main[Buffer.from(key).toString()]);
  }

  childStorage(childTrie: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    return bytes(this.#tries.children[Buffer.from(childTrie).toString()]?.[Buffer.from(key).toString()]);
  }
}

function bytes(value: string | undefined): Uint8Array | undefined {
  if (value === undefined) return undefined;
  return value.startsWith('0x') ? Buffer.from(value.slice(2), 'hex') : Buffer.from(value);
}

// One engine for all blocks: its instances use each other's memory again.
const engine = new Engine();

/** Executes one call of a runtime on a state. */
function execute(runtime: WebAssembly.Module, state: ChainState, call: string): unknown {
  // One manager a call: ids count from 0, and whatever the runtime leaves behind goes with it.
  const manager = new VirtManager({ engine, maxLiveInstances: UPSTREAM_MAX_LIVE_INSTANCES });
  state.extensions.register(new VirtManagerExt(manager));
  const memory: () => WebAssembly.Memory = () => instance.exports.memory as WebAssembly.Memory;
  const env = {
    // ... the executor's own imports: storage, hashing, logging, the allocator
    ...createWasmImports(state, memory),
  };
  const instance = new WebAssembly.Instance(runtime, { env });
  try {
    return (instance.exports[call] as () => unknown)();
  } finally {
    manager[Symbol.dispose]();
    state.extensions.deregister(VirtManagerExt);
  }
}

const fixtures = new URL('../fixtures/runtime/', import.meta.url);
const runtime = new WebAssembly.Module(readFileSync(new URL('exported-memory.wasm', fixtures)));
const state = new ChainState(readFileSync(new URL('storage.json', fixtures), 'utf8'));
for (const call of ['from_storage_key_main_trie', 'from_storage_key_child_trie', 'run_all']) {
  console.log(call, execute(runtime, state, call));
}
