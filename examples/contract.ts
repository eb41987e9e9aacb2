import { createProvider, Sandbox } from 'polkavm-js/contracts';
import { createWalletClient, custom, publicActions } from 'viem';
import { anvil } from 'viem/chains';
import { abi, bytecode } from './counter.js'; // Counter.sol, compiled by resolc

const transport = custom(createProvider(new Sandbox()));
const client = createWalletClient({ chain: anvil, transport }).extend(publicActions);
const [account] = await client.getAddresses();

const hash = await client.deployContract({ account: account!, abi, bytecode, args: [41n] });
const { contractAddress } = await client.waitForTransactionReceipt({ hash });
const counter = { account: account!, address: contractAddress!, abi };
await client.writeContract({ ...counter, functionName: 'increment' });
console.log(await client.readContract({ ...counter, functionName: 'number' })); // 42n
