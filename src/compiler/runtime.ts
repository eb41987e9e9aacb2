/**
 * What the regions of a program share at run time: how they are called, and how they leave.
 *
 * A region's function takes the entry to go to, the gas of the present portion and a few registers, as many as engines
 * pass in registers of the machine; the others are in memory. It returns why and where the program left compiled code.
 * Regions jump into each other by tail calls through a table: first come the functions for the entries of the jump
 * table, then those of all regions. Regions without code have a stub there that leaves.
 */
import { A0, RA, SP } from '../isa/index.js';
import { GAS_OFFSET, GAS_REST_OFFSET, REGISTERS_OFFSET } from '../memory/index.js';
import { CodeWriter } from './codeWriter.js';
import { EXIT_BITS, RegionExit } from './regionContext.js';
import { encodeModule, IMPORT_MODULE, MEMORY_NAME, TABLE_NAME } from './wasmModule.js';
import { ValueType, Wasm } from './wasmOpcodes.js';

/** The registers that regions pass to each other as parameters. */
export const PASSED_REGISTERS: readonly number[] = [RA, SP, A0];
/** The same as a set of bits. */
export const PASSED_MASK = PASSED_REGISTERS.reduce((bits, register) => bits | (1 << register), 0);

/** Indexes of a region function's parameters; the passed registers are the last. */
export const PARAMETER = { entry: 0, gas: 1, registers: 2 } as const;
/** Index of the function that leaves compiled code, in every module of regions. */
export const LEAVE_FUNCTION = 0;
/** How many parameters there are. */
export const PARAMETER_COUNT = PARAMETER.registers + PASSED_REGISTERS.length;

/** Types of a region function's parameters. */
export function regionType(is64Bit: boolean): readonly ValueType[] {
  const register = is64Bit ? ValueType.i64 : ValueType.i32;
  return [ValueType.i32, ValueType.i64, ...PASSED_REGISTERS.map(() => register)];
}

/** Name of the function that stores the passed registers and the gas and returns its first argument. */
export const LEAVE_NAME = 'l';
const ENTER_NAME = 'e';
const STUB_NAME = 's';

/** Enters compiled code: table index of the region, the entry, how much gas to take at most. */
export type EnterFunction = (slot: number, entry: number, portion: number) => number;

/** The functions that all regions of an instance share, bound to its memory. */
export interface RegionRuntime {
  readonly enter: EnterFunction;
  readonly imports: WebAssembly.Imports;
}

const modules = new Map<boolean, WebAssembly.Module>();

/** Makes what one memory needs for its regions: a table of stubs, and the functions to enter and to leave. */
export function instantiateRuntime(memory: WebAssembly.Memory, tableSize: number, is64Bit: boolean): RegionRuntime {
  let module = modules.get(is64Bit);
  if (module === undefined) {
    module = new WebAssembly.Module(encodeRuntime(is64Bit) as BufferSource);
    modules.set(is64Bit, module);
  }
  const table = new WebAssembly.Table({ initial: 0, element: 'anyfunc' });
  const shared = { [MEMORY_NAME]: memory, [TABLE_NAME]: table };
  const { exports } = new WebAssembly.Instance(module, { [IMPORT_MODULE]: shared });
  table.grow(tableSize, exports[STUB_NAME]);
  return {
    enter: exports[ENTER_NAME] as EnterFunction,
    imports: { [IMPORT_MODULE]: { ...shared, [LEAVE_NAME]: exports[LEAVE_NAME]! } },
  };
}

function encodeRuntime(is64Bit: boolean): Uint8Array {
  return encodeModule({
    types: [regionType(is64Bit), [ValueType.i32, ValueType.i32, ValueType.i32]],
    importedFunctions: [],
    functions: [
      { type: 0, locals: [], code: leaveCode(is64Bit, false), name: LEAVE_NAME },
      { type: 0, locals: [], code: leaveCode(is64Bit, true), name: STUB_NAME },
      { type: 1, locals: [ValueType.i64, ValueType.i64], code: enterCode(is64Bit), name: ENTER_NAME },
    ],
    segments: [],
  });
}

/** Stores what is passed; returns the first argument, or for the stub that there is an entry to be gone to. */
function leaveCode(is64Bit: boolean, isStub: boolean): Uint8Array {
  const code = new CodeWriter();
  for (const [i, register] of PASSED_REGISTERS.entries()) {
    code.i32Const(0);
    code.localGet(PARAMETER.registers + i);
    if (!is64Bit) code.op(Wasm.i64ExtendI32S);
    code.memory(Wasm.i64Store, REGISTERS_OFFSET + 8 * register);
  }
  code.i32Const(0);
  code.localGet(PARAMETER.gas);
  code.i32Const(0);
  code.memory(Wasm.i64Load, GAS_REST_OFFSET);
  code.op(Wasm.i64Add);
  code.memory(Wasm.i64Store, GAS_OFFSET);
  if (isStub) pushEntryExit(code);
  else code.localGet(PARAMETER.entry);
  return code.bytes();
}

/** Pushes the result of a region's function that leaves for the entry in its first parameter. */
export function pushEntryExit(code: CodeWriter): void {
  code.localGet(PARAMETER.entry);
  code.i32Const(EXIT_BITS);
  code.op(Wasm.i32Shl);
  code.i32Const(RegionExit.entry);
  code.op(Wasm.i32Or);
}

/** Pushes the gas and the passed registers. */
export function pushPassed(code: CodeWriter): void {
  for (let local = PARAMETER.gas; local < PARAMETER_COUNT; local++) code.localGet(local);
}

/** The body of a region's function that has no code: leaves for the entry. */
export function leaveForEntryCode(): Uint8Array {
  const code = new CodeWriter();
  pushEntryExit(code);
  pushPassed(code);
  code.call(LEAVE_FUNCTION);
  return code.bytes();
}

/** Splits the gas into a portion and the rest, loads the registers to be passed, and calls the region. */
function enterCode(is64Bit: boolean): Uint8Array {
  const [slot, entry, portion, gas, all] = [0, 1, 2, 3, 4] as const;
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
  code.localGet(entry);
  code.localGet(gas);
  for (const register of PASSED_REGISTERS) {
    code.i32Const(0);
    code.memory(is64Bit ? Wasm.i64Load : Wasm.i32Load, REGISTERS_OFFSET + 8 * register);
  }
  code.localGet(slot);
  code.callIndirect(0, false);
  return code.bytes();
}
