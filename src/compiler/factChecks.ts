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
  const needed = analysis.registers.needed[node]! | loads;
  const push = (register: number): void => {
    if (((loads >>> register) & 1) === 1) emitter.load(register);
    else emitter.get(register);
  };
  const ranges = analysis.ranges[node]!;
  refuseIfAny(emitter, ranges.known & needed, refuse, (register) => {
    push(register);
    emitter.constant(ranges.low(register));
    emitter.wide(Wasm.i32Sub, Wasm.i64Sub);
    emitter.constant(ranges.high(register) - ranges.low(register));
    emitter.wide(Wasm.i32GtU, Wasm.i64GtU);
  });
}

/** Refuses if a condition holds for any of the registers, which are given as a set of bits. */
function refuseIfAny(
  { code }: Emitter,
  registers: number,
  refuse: () => void,
  pushCondition: (register: number) => void,
): void {
  if (registers === 0) return;
  code.i32Const(0);
  for (let register = 0; register < REGISTER_COUNT; register++) {
    if (((registers >>> register) & 1) === 0) continue;
    pushCondition(register);
    code.op(Wasm.i32Or);
  }
  code.if();
  refuse();
  code.end();
}
