/**
 * What the regions of a program share at run time: how they are called, and how they return.
 *
 * A region's function takes the entry to go to, the gas of the present portion and a few registers, which are in memory
 * as well, as are all the others. It returns the gas that is left and a result: mostly that the guest jumps through the
 * jump table, to return from a function. A region that has called another compares that with the return address, and goes on
 * if it is the one; otherwise it returns, too, and the jump is made by whoever entered compiled code. Nothing that the
 * guest does has to fit the calls of the host: they only make it fast.
 *
 * Regions are called through a table: first come the functions for the entries of the jump table, then those of all
 * regions. Regions without code have a stub there that leaves.
 */
import { A0, SP } from '../isa/index.js';
import { GAS_OFFSET, GAS_REST_OFFSET, OVERFLOW_RESULT_OFFSET, REGISTERS_OFFSET } from '../memory/index.js';
import { CodeWriter } from './codeWriter.js';
import { EXIT_BITS, RegionExit } from './regionContext.js';
import { encodeModule, type FunctionType, IMPORT_MODULE, MEMORY_NAME, TABLE_NAME } from './wasmModule.js';
import { ValueType, Wasm } from './wasmOpcodes.js';

/** The registers that regions pass to each other as parameters. */
export const PASSED_REGISTERS: readonly number[] = [SP, A0];
/** The same as a set of bits. */
export const PASSED_MASK = PASSED_REGISTERS.reduce((bits, register) => bits | (1 << register), 0);

/** Indexes of a region function's parameters; the passed registers are the last. */
export const PARAMETER = { entry: 0, gas: 1, registers: 2 } as const;
/** How many parameters there are. */
export const PARAMETER_COUNT = PARAMETER.registers + PASSED_REGISTERS.length;

/** The type of a region's function. */
export function regionType(is64Bit: boolean): FunctionType {
  const register = is64Bit ? ValueType.i64 : ValueType.i32;
  return {
    parameters: [ValueType.i32, ValueType.i64, ...PASSED_REGISTERS.map(() => register)],
    results: [ValueType.i32, ValueType.i64],
  };
}

const ENTER_NAME = 'e';
const RECOVER_NAME = 'r';
const STUB_NAME = 's';

/** Enters compiled code: table index of the region, the entry, how much gas to take at most. */
export type EnterFunction = (slot: number, entry: number, portion: number) => number;

/** The functions that all regions of an instance share, bound to its memory. */
export interface RegionRuntime {
  readonly enter: EnterFunction;
  /** What {@link enter} would have returned, had the host's stack not overflowed; 0 if it did so before anything ran. */
  readonly recover: () => number;
  readonly imports: WebAssembly.Imports;
}

const modules = new Map<boolean, WebAssembly.Module>();

/** Makes what one memory needs for its regions: a table of stubs, and the functions to enter and to recover. */
export function instantiateRuntime(memory: WebAssembly.Memory, tableSize: number, is64Bit: boolean): RegionRuntime {
  let module = modules.get(is64Bit);
  if (module === undefined) {
    module = new WebAssembly.Module(encodeRuntime(is64Bit) as BufferSource);
    modules.set(is64Bit, module);
  }
  const table = new WebAssembly.Table({ initial: 0, element: 'anyfunc' });
  const imports = { [IMPORT_MODULE]: { [MEMORY_NAME]: memory, [TABLE_NAME]: table } };
  const { exports } = new WebAssembly.Instance(module, imports);
  table.grow(tableSize, exports[STUB_NAME]);
  return {
    enter: exports[ENTER_NAME] as EnterFunction,
    recover: exports[RECOVER_NAME] as () => number,
    imports,
  };
}

function encodeRuntime(is64Bit: boolean): Uint8Array {
  const enterType = { parameters: [ValueType.i32, ValueType.i32, ValueType.i32], results: [ValueType.i32] };
  const recoverType = { parameters: [], results: [ValueType.i32] };
  return encodeModule({
    types: [regionType(is64Bit), enterType, recoverType],
    functions: [
      { type: 0, locals: [], code: leaveForEntryCode(), name: STUB_NAME },
      { type: 1, locals: [ValueType.i64, ValueType.i64], code: enterCode(is64Bit), name: ENTER_NAME },
      { type: 2, locals: [ValueType.i32], code: recoverCode(), name: RECOVER_NAME },
    ],
    segments: [],
  });
}

/** Pushes the result of a region's function that leaves compiled code for the entry in a local. */
export function pushEntryResult(code: CodeWriter, reason: RegionExit, entry: number): void {
  code.localGet(entry);
  code.i32Const(EXIT_BITS);
  code.op(Wasm.i32Shl);
  code.i32Const(reason);
  code.op(Wasm.i32Or);
}

/** The body of a region's function that has no code: leaves for the entry. */
export function leaveForEntryCode(): Uint8Array {
  const code = new CodeWriter();
  pushEntryResult(code, RegionExit.entry, PARAMETER.entry);
  code.localGet(PARAMETER.gas);
  return code.bytes();
}

/** Notes where to go on, with how much gas, if the region that is called next finds no room on the host's stack. */
export function noteCall(code: CodeWriter, pushResult: () => void, gas: number): void {
  code.i32Const(0);
  pushResult();
  code.memory(Wasm.i32Store, OVERFLOW_RESULT_OFFSET);
  code.i32Const(0);
  code.localGet(gas);
  code.memory(Wasm.i64Store, GAS_OFFSET);
}

/** Splits the gas into a portion and the rest, and calls regions as long as they only jump through the jump table. */
function enterCode(is64Bit: boolean): Uint8Array {
  const [slot, entry, portion, gas, all] = [0, 1, 2, 3, 4] as const;
  const result = portion;
  const code = new CodeWriter();
  code.localGet(portion);
  code.op(Wasm.i64ExtendI32U);
  code.localSet(gas);
  code.i32Const(0);
  code.memory(Wasm.i64Load, GAS_OFFSET);
  code.localTee(all);
  code.localGet(gas);
  code.localGet(all);
  code.localGet(gas);
  code.op(Wasm.i64LtS);
  code.op(Wasm.select);
  code.localSet(gas);
  code.i32Const(0);
  code.localGet(all);
  code.localGet(gas);
  code.op(Wasm.i64Sub);
  code.memory(Wasm.i64Store, GAS_REST_OFFSET);
  const again = code.loop();
  noteCall(code, () => pushEntryResult(code, RegionExit.stackOverflow, entry), gas);
  code.localGet(entry);
  code.localGet(gas);
  for (const register of PASSED_REGISTERS) {
    code.i32Const(0);
    code.memory(is64Bit ? Wasm.i64Load : Wasm.i32Load, REGISTERS_OFFSET + 8 * register);
  }
  code.localGet(slot);
  code.callIndirect(0, false);
  code.localSet(gas);
  code.localTee(result);
  code.i32Const(-1);
  code.op(Wasm.i32Xor);
  code.localTee(entry);
  code.localSet(slot);
  code.localGet(result);
  code.i32Const(0);
  code.op(Wasm.i32LtS);
  code.brIf(again);
  code.end();
  code.i32Const(0);
  code.localGet(gas);
  addGasRest(code);
  code.i32Const(0);
  code.i32Const(0);
  code.memory(Wasm.i32Store, OVERFLOW_RESULT_OFFSET);
  code.localGet(result);
  return code.bytes();
}

/** Puts the gas together again, and takes the result that was noted. */
function recoverCode(): Uint8Array {
  const result = 0;
  const code = new CodeWriter();
  code.i32Const(0);
  code.memory(Wasm.i32Load, OVERFLOW_RESULT_OFFSET);
  code.localTee(result);
  code.if();
  code.i32Const(0);
  code.i32Const(0);
  code.memory(Wasm.i64Load, GAS_OFFSET);
  addGasRest(code);
  code.i32Const(0);
  code.i32Const(0);
  code.memory(Wasm.i32Store, OVERFLOW_RESULT_OFFSET);
  code.end();
  code.localGet(result);
  return code.bytes();
}

/** Stores the gas on the stack, above the base of the address, with what is left outside of the portion. */
function addGasRest(code: CodeWriter): void {
  code.i32Const(0);
  code.memory(Wasm.i64Load, GAS_REST_OFFSET);
  code.op(Wasm.i64Add);
  code.memory(Wasm.i64Store, GAS_OFFSET);
}
