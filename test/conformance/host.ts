import { type Backend, Engine } from '../../src/engine/index.js';
import { InMemoryExternalities, VirtManager, VirtManagerExt } from '../../src/virtualization/index.js';
import type { CaseHost } from './cases.js';

const utf8 = new TextEncoder();

function entries(values: Readonly<Record<string, Uint8Array>>): [Uint8Array, Uint8Array][] {
  return Object.entries(values).map(([key, value]) => [utf8.encode(key), value]);
}

/** Externalities with what a case needs: as many as it wants managers, all with the same storage. */
export function hostsFor(needs: CaseHost, backend: Backend): InMemoryExternalities[] {
  const { mainTrie = {}, childTries = {}, maxLiveInstances, managers = 1 } = needs;
  return Array.from({ length: managers }, () => {
    const ext = new InMemoryExternalities({
      storage: entries(mainTrie),
      childStorage: Object.entries(childTries).map(([name, values]) => [utf8.encode(name), entries(values)] as const),
    });
    const engine = new Engine({ backend });
    const cap = maxLiveInstances === undefined ? {} : { maxLiveInstances };
    ext.extensions.register(new VirtManagerExt(new VirtManager({ engine, ...cap })));
    return ext;
  });
}
