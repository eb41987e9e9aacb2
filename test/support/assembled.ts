/** Instances of programs written as assembly text. */
import { type Backend, Engine, type EngineOptions, type Instance, type ModuleOptions } from '../../src/engine/index.js';
import type { IsaName } from '../../src/isa/index.js';
import { assemble } from '../../src/text/index.js';

export interface AssembledOptions extends ModuleOptions {
  /** For text without an `%isa` line; latest64 unless given. */
  readonly isa?: IsaName;
}

/** An instance of a program, with one gas for each instruction unless another cost model is asked for. */
export function instanceOf(backend: Backend, source: string, options: AssembledOptions = {}): Instance {
  const { isa = 'latest64', ...moduleOptions } = options;
  const engineOptions: EngineOptions = { backend, costModel: 'naive' };
  return new Engine(engineOptions).compile(assemble(source, { isa }), moduleOptions).instantiate();
}

/** The code offset of an exported label. */
export function offsetOf(instance: Instance, label: string): number {
  const found = instance.module.exports.find(({ name }) => name === label);
  if (found === undefined) throw new Error(`the program exports no ${label}`);
  return found.pc;
}
