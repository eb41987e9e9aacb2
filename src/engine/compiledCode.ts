import type { CompiledBatch } from '../compiler/index.js';
import { CostTable } from '../gas/index.js';
import { INSTRUCTIONS, Op } from '../isa/index.js';
import { type Program, uniqueHash } from '../program/index.js';
import type { CompleteOptions } from './options.js';

/**
 * What has been compiled of a module, to be sent to other threads: `postMessage` and the like can clone it, and the
 * WebAssembly inside of it is not compiled again there. It is not for storing, and not for other versions of this package.
 */
export interface CompiledCode {
  /** The program and the options that it is for. */
  readonly identity: string;
  readonly batches: readonly CompiledBatch[];
}

/** What compiled code depends on. */
export function codeIdentity(program: Program, options: CompleteOptions): string {
  const { gasMetering, costModel, pageSize, auxDataSize } = options;
  const hash = Array.from(uniqueHash(program), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const ops = [...INSTRUCTIONS.map(({ op }) => op), Op.invalid];
  const costs = costModel instanceof CostTable ? ops.map((op) => costModel.costOfOp(op)) : costModel;
  return JSON.stringify([hash, gasMetering, costs, pageSize, auxDataSize]);
}
