import { parentPort, workerData } from 'node:worker_threads';
import { Engine } from 'polkavm-js';

const { blob, argument, gas, memory } = workerData;
const module = new Engine().compile(blob);

// What a program declares is known before it gets any of it. The rest is heap, whose pages exist once gas was paid to
// write them.
const { readOnlySize, readWriteSize, stackSize } = module.memoryMap;
const declared = readOnlySize + readWriteSize + stackSize;
if (declared > memory) throw new Error(`it declares ${declared} bytes of memory, at most ${memory} are allowed`);
if (module.imports.length > 0) throw new Error('it has imports, and there are no host functions here');

const instance = module.instantiate();
instance.gas = gas;
instance.prepareCall('main', [argument]);
const { kind } = instance.run();
parentPort.postMessage(kind === 'finished' ? instance.getRegister('a0') : kind);
