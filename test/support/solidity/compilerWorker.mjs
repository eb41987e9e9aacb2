// The compilers are WebAssembly, need much memory and install handlers on `process`: in a worker all of that is gone again
// when they have answered.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);

/** Solidity to EVM code and ABIs, by solc. */
async function compileForEvm(sources) {
  const { default: solc } = await import('solc');
  const input = {
    language: 'Solidity',
    sources,
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      outputSelection: Object.fromEntries(
        Object.keys(sources).map((file) => [file, { '*': ['abi', 'evm.bytecode.object'] }]),
      ),
    },
  };
  const output = solc.compile(JSON.stringify(input), {
    import: (path) => ({ contents: readFileSync(require.resolve(path), 'utf8') }),
  });
  return JSON.parse(output);
}

/** Solidity to programs, by resolc. */
async function compileForPolkaVm(sources) {
  // resolc starts its 44 MB of WebAssembly anew for every contract. Compiled once, that takes a third less time.
  const compiled = new Map();
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(Module, [bytes]) {
      const known = compiled.get(bytes.byteLength) ?? new Module(bytes);
      compiled.set(bytes.byteLength, known);
      return known;
    },
  });
  const { compile } = await import('@parity/resolc');
  return compile(sources);
}

const { target, sources } = workerData;
parentPort.postMessage(await (target === 'evm' ? compileForEvm(sources) : compileForPolkaVm(sources)));
