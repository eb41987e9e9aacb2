import { FrameError, ReturnCode } from '../errors.js';
import { input, output, type SyscallDefinition } from './syscall.js';

const COMPRESSED_KEY_SIZE = 33;

/** Elliptic curves, where they are not precompiles. */
export const crypto = {
  ecdsa_to_eth_address: {
    registers: [input('key', 'bytes33'), output('out', 'address')],
    result: 'code',
    changesState: false,
    run(frame, key, out) {
      const { curves } = frame.execution;
      if (curves === undefined) {
        throw new FrameError('InvalidSyscall', 'ecdsa_to_eth_address needs the option `curves` of the sandbox');
      }
      const address = curves.publicKeyToAddress(frame.memory.read(key, COMPRESSED_KEY_SIZE));
      if (address === undefined) return ReturnCode.EcdsaRecoveryFailed;
      frame.memory.write(out, address);
      return ReturnCode.Success;
    },
  },
} as const satisfies Readonly<Record<string, SyscallDefinition>>;
