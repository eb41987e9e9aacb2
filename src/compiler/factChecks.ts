import { REGISTER_COUNT } from '../isa/index.js';
import type { Emitter } from './emitter.js';
import type { MemoryCode } from './memoryCode.js';
import type { RegionAnalysis } from './regionAnalysis.js';
import { RegionExit } from './regionContext.js';
import { Wasm } from './wasmOpcodes.js';

/**
 * Emits that a region refuses to go on at a node unless what its code relies on there holds: whoever comes this way has
 * passed none of the code before the node, and the host can change every register.
 *
 * @param pc code offset of the node
 */
export function emitFactChecks(
  emitter: Emitter,
  memory: MemoryCode,
  analysis: RegionAnalysis,
  node: number,
  pc: number,
): void {
  const refuse = (): void => emitter.exit(RegionExit.refused, pc);
  const { origin, delta } = analysis.stackFacts[node]!;
  const range = analysis.stackRanges.get(origin);
  // An origin checks its range itself.
  if (range !== undefined && origin !== node) {
    if (!memory.checkStack(range.min - delta, range.end - delta, RegionExit.refused, pc)) refuse();
  }
  // What the node loads itself is in no local yet.
  const loads = analysis.registers.loads[node]!;
  const ranges = analysis.ranges[node]!;
  const registers = ranges.known & (analysis.registers.needed[node]! | loads);
  if (registers === 0) return;
  const { code } = emitter;
  code.i32Const(0);
  for (let register = 0; register < REGISTER_COUNT; register++) {
    if (((registers >>> register) & 1) === 0) continue;
    if (((loads >>> register) & 1) === 1) emitter.load(register);
    else emitter.get(register);
    emitter.constant(ranges.low(register));
    emitter.wide(Wasm.i32Sub, Wasm.i64Sub);
    emitter.constant(ranges.high(register) - ranges.low(register));
    emitter.wide(Wasm.i32GtU, Wasm.i64GtU);
    code.op(Wasm.i32Or);
  }
  code.if();
  refuse();
  code.end();
}
