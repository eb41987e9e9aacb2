// Runs plug-ins of strangers: each in a worker, with limits to its gas, its memory and its time.
import { Worker } from 'node:worker_threads';
import { assemble } from 'polkavm-js/text';

/** Calls `main` of a plug-in and gives its a0, or the reason why there is none. */
function callPlugin(blob, { argument, gas = 1_000_000n, memory = 1 << 20, milliseconds = 1000 }) {
  return new Promise((resolve) => {
    const workerData = { blob, argument, gas, memory };
    const worker = new Worker(new URL('./sandboxWorker.mjs', import.meta.url), { workerData });
    const timer = setTimeout(() => settle(`stopped after ${milliseconds} ms`), milliseconds);
    worker.once('message', settle);
    worker.once('error', (error) => settle(`refused: ${error.message}`));

    function settle(outcome) {
      clearTimeout(timer);
      worker.terminate();
      resolve(outcome);
    }
  });
}

const plugins = {
  square: 'pub @main:\na0 = a0 * a0\nret',
  greedy: 'pub @main:\njump @main',
  wild: 'pub @main:\na0 = u64 [0]\nret',
  huge: '%rw_data_size = 0x40000000\npub @main:\nret',
};
for (const [name, source] of Object.entries(plugins)) {
  console.log(`${name}:`, await callPlugin(assemble(`%isa = latest64\n${source}`), { argument: 12n }));
}
const greedy = assemble(`%isa = latest64\n${plugins.greedy}`);
console.log('greedy, rich:', await callPlugin(greedy, { argument: 0n, gas: 2n ** 62n, milliseconds: 500 }));
console.log('no program:', await callPlugin(new Uint8Array([1, 2, 3]), { argument: 0n }));
