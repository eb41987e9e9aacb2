import { expect, it } from 'vitest';
import { Engine } from '../../src/index.js';
import {
  createHostFunctions,
  EXEC_BUFFER_SIZE,
  ExecStatus,
  InMemoryExternalities,
  ModuleError,
  silentLogger,
  VirtManager,
  VirtManagerExt,
} from '../../src/virtualization/index.js';
import { BACKENDS } from '../support/backends.js';
import { corpus } from './corpus.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';

const MUTATIONS = 5000;
const GAS = 3000n;
const MAX_SYSCALLS = 8;

it.each(BACKENDS)('the host functions refuse damaged programs with InvalidImage, or run them, on the %s', (backend) => {
  const ext = new InMemoryExternalities();
  ext.extensions.register(new VirtManagerExt(new VirtManager({ engine: new Engine({ backend }) })));
  const host = createHostFunctions(ext, { logger: silentLogger });
  const buffer = new Uint8Array(EXEC_BUFFER_SIZE);
  let refused = 0;
  let nextId = 0;
  for (let seed = 0; seed < MUTATIONS; seed++) {
    const random = new Random(seed);
    const compiled = host.compileFromBytes(mutate(random.pick(corpus), corpus, random));
    if (!compiled.ok) {
      expect(compiled.error).toBe(ModuleError.InvalidImage);
      refused++;
      continue;
    }
    expect(compiled.value.id).toBe(nextId++);
    const instance = host.instantiate(compiled.value.id);
    if (!instance.ok) continue;
    const id = instance.value;
    for (const name of ['main', 'run', 'counter', 'do_panic']) {
      if (!host.prepare(id, new TextEncoder().encode(name)).ok) continue;
      for (let calls = 0; calls < MAX_SYSCALLS; calls++) {
        const result = host.run(id, GAS, BigInt(calls), buffer);
        if (!result.ok || result.value !== ExecStatus.Syscall) break;
        host.readMemory(id, random.below(2 ** 32), new Uint8Array(random.below(64)));
      }
    }
    expect(host.destroy(id).ok).toBe(true);
    expect(host.destroy(id).ok).toBe(false);
  }
  expect(refused).toBeGreaterThan(MUTATIONS / 20);
  expect(nextId).toBeGreaterThan(MUTATIONS / 20);
});
