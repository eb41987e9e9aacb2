/** Hands compiled code from one thread to another. */
import { type CompiledCode, Engine, type Module } from '../../../src/engine/index.js';
import { assemble } from '../../../src/text/index.js';

/** A program with what has been compiled of it. */
export interface SentProgram {
  readonly blob: Uint8Array;
  readonly compiledCode: CompiledCode | undefined;
}

/** How a program ran: how much of it was compiled before it did and after it, and what it computed. */
export interface RunReport {
  readonly batchesBefore: number | undefined;
  readonly batchesAfter: number | undefined;
  readonly result: number;
}

const SUM = '%isa = latest64\npub @main:\na1 = a1 + a0\na0 = a0 - 1\njump @main if a0 != 0\nret';

/** Compiles a program and runs it. */
export function runFresh(): SentProgram & { readonly report: RunReport } {
  const blob = assemble(SUM);
  const module = new Engine({ backend: 'compiler' }).compile(blob);
  const report = run(module);
  return { blob, compiledCode: module.compiledCode, report };
}

/** Runs a program that was sent. */
export function runAdopted({ blob, compiledCode }: SentProgram): RunReport {
  return run(new Engine().compile(blob, { compiledCode }));
}

function run(module: Module): RunReport {
  const batchesBefore = module.compiledCode?.batches.length;
  const instance = module.instantiate();
  instance.gas = 1_000_000n;
  instance.prepareCall('main', [1000n]);
  instance.run();
  const batchesAfter = module.compiledCode?.batches.length;
  return { batchesBefore, batchesAfter, result: Number(instance.getRegister('a1')) };
}
