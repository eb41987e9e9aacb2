import { Engine, type Instance } from 'polkavm-js';
import { assemble } from 'polkavm-js/text';
import { collectGarbage } from './measure.js';
import { round, type Table } from './report.js';

const INSTANCES = 200;
const KIB = 1024;
/** Declares one page of data and one of stack. */
const SMALL = assemble('%isa = revive_v1\n%rw_data_size = 4096\n%stack_size = 4096\npub @run:\na0 = a0 + 1\nret');
const DECLARED_KIB = 8;

/** What an instance that does nothing keeps in memory. */
export function memorySuite(): Table {
  const module = new Engine({ backend: 'interpreter' }).compile(SMALL);
  const live: Instance[] = [];
  const before = used();
  for (let index = 0; index < INSTANCES; index++) {
    const instance = module.instantiate();
    instance.prepareCall('run', [1n]);
    instance.gas = 1000n;
    instance.run();
    live.push(instance);
  }
  const each = (used() - before) / INSTANCES / KIB;
  for (const instance of live) instance[Symbol.dispose]();
  return {
    title: 'Memory of an idle instance',
    note: `Heap and buffers after a garbage collection, divided by ${INSTANCES} instances that have run once and are kept.`,
    columns: ['program', 'KiB', 'KiB beyond the declared memory'],
    rows: [[`small, ${DECLARED_KIB} KiB declared`, round(each), round(each - DECLARED_KIB)]],
  };
}

function used(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
