// The Solidity compiler is 44 MB of WebAssembly, takes 800 MB to run and installs handlers on `process`: in a worker
// all of that is gone again when it has answered.
import { parentPort, workerData } from 'node:worker_threads';
import { compile } from '@parity/resolc';

parentPort.postMessage(await compile(workerData));
