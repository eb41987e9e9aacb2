/** The WebAssembly modules that the compiler makes of programs. */
import { LIMITS } from '../../src/compiler/index.js';
import { Engine, type ModuleOptions } from '../../src/engine/index.js';
import { InvalidProgramError } from '../../src/program/index.js';
import { finishDraft } from '../differential/draft.js';
import { draftAt } from '../differential/fuzzer.js';

/** Runs something and returns the bytes of each module that was compiled meanwhile. */
export function modulesCompiledBy(run: () => void): Uint8Array[] {
  const found: Uint8Array[] = [];
  const Module = WebAssembly.Module;
  WebAssembly.Module = new Proxy(Module, {
    construct(target, [bytes]) {
      found.push(bytes);
      return new target(bytes);
    },
  });
  try {
    run();
  } finally {
    WebAssembly.Module = Module;
  }
  return found;
}

/** Compiles a program by running it from an offset. */
export function compileAll(blob: Uint8Array, options: ModuleOptions = {}): void {
  const module = new Engine({ backend: 'compiler' }).compile(blob, { ...options, cache: false });
  for (const { pc } of module.exports) {
    using instance = module.instantiate();
    instance.prepareCall(pc);
    instance.gas = 2000n;
    for (let calls = 0; calls < 5 && instance.run().kind === 'ecalli'; calls++);
  }
}

/** Compiles some of the fuzzer's programs. */
export function compileRandomPrograms(seed: number, count: number): void {
  for (let index = 0; index < count; index++) {
    const { blob, options, limits } = finishDraft(draftAt(seed, index));
    const usual = { ...LIMITS };
    Object.assign(LIMITS, limits);
    try {
      compileAll(blob, options);
    } catch (error) {
      if (!(error instanceof InvalidProgramError)) throw error;
    } finally {
      Object.assign(LIMITS, usual);
    }
  }
}

/** A function of a module. */
export interface ModuleFunction {
  /** The declaration of its locals, in the binary format. */
  readonly locals: Uint8Array;
  /** Its instructions, without the last `end`. */
  readonly code: Uint8Array;
}

const CODE_SECTION = 10;
const HEADER_SIZE = 8;

/** The functions of a module, by its bytes. */
export function functionsOf(module: Uint8Array): ModuleFunction[] {
  let at = HEADER_SIZE;
  const unsigned = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < module.length) {
    const id = module[at++];
    const length = unsigned();
    if (id !== CODE_SECTION) {
      at += length;
      continue;
    }
    return Array.from({ length: unsigned() }, () => {
      const bodyLength = unsigned();
      const start = at;
      for (let runs = unsigned(); runs > 0; runs--) {
        unsigned();
        at++;
      }
      const codeStart = at;
      at = start + bodyLength;
      return { locals: module.subarray(start, codeStart), code: module.subarray(codeStart, at - 1) };
    });
  }
  return [];
}
