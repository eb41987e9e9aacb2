import { formatTrace, loadTraceNames, Sandbox } from 'polkavm-js/contracts';
import { decodeFunctionResult, encodeDeployData, encodeFunctionData } from 'viem';
import { abi, bytecode } from './counter.js'; // Counter.sol, compiled by resolc

const sandbox = new Sandbox();
// The program, and the constructor's arguments behind it.
const deployed = sandbox.transact({ data: encodeDeployData({ abi, bytecode, args: [41n] }) });
if (!('address' in deployed)) throw new Error(deployed.status);
const counter = deployed.address;

const counted = sandbox.call(counter, encodeFunctionData({ abi, functionName: 'increment' }), { trace: true });
console.log(counted.status, `gas used ${counted.gasUsed}`);

const asked = sandbox.simulate(counter, encodeFunctionData({ abi, functionName: 'number' }));
console.log('number:', decodeFunctionResult({ abi, functionName: 'number', data: asked.data }));

if (counted.trace) console.log(formatTrace(counted.trace, { names: await loadTraceNames({ Counter: abi }) }));
