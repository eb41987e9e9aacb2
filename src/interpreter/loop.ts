/**
 * The interpreter's loop.
 *
 * Registers are pairs of 32-bit integers, which V8 keeps as machine integers; bigints in their place were 50 times
 * slower. The loop is one function with one `switch` whose labels are integer literals. What most addresses hit, the
 * read-write region and the stack, is checked here; every other access asks the memory.
 */
import { A0, A1, A2, Op, SP } from '../isa/index.js';
import { ACCESS_TRAP, Exit, GAS_OFFSET, type MachineState, RETURN_TO_HOST } from '../memory/index.js';
import {
  countTrailingZeros,
  divSigned,
  divUnsigned,
  mulHighU32,
  mulUpperSigned,
  mulUpperSignedUnsigned,
  mulUpperUnsigned,
  popCount,
  remSigned,
  remUnsigned,
  result,
  reverseBytes,
} from './arithmetic.js';
import { isCharge, RECORD_SIZE, Record, type RecordStream, recordKind } from './records.js';

const GAS_LOW = GAS_OFFSET / 4;
const GAS_HIGH = GAS_LOW + 1;
const WORD = 0x100000000;
/** The high word of the largest part of the gas that the loop counts itself, in a double: 2^52. */
const MAX_GAS_HIGH = 0x100000;

/**
 * Runs from a record on until something stops it. Leaves registers, gas, program counters and memory as the
 * specification wants them for that interrupt.
 */
export function runRecords(stream: RecordStream, state: MachineState, start: number, mayHandOver: boolean): Exit {
  const { memory } = state;
  const { map, layout } = memory;
  const { observer } = stream;
  let code = stream.words;
  let r = state.words;
  let view = memory.view;
  let bytes = memory.bytes;
  let ip = start;
  let exit: Exit;

  // Gas is a 64-bit counter, more than a double holds: what is above 2^52 waits in `gasReserve`, in units of 2^32.
  let gasReserve = Math.max(0, r[GAS_HIGH]! - MAX_GAS_HIGH);
  // Not `>>> 0`: having seen only low words below 2^31, V8 would take the others for a reason to drop its optimised code.
  const gasLow = r[GAS_LOW]!;
  let gas = (r[GAS_HIGH]! - gasReserve) * WORD + gasLow + (gasLow < 0 ? WORD : 0);

  // Addresses in records are relative to the read-write region; `toStack` makes them relative to the stack.
  const base = map.readWriteBase;
  const toStack = (base - map.stackLow) | 0;
  const heapAt = layout.readWrite | 0;
  const stackAt = layout.stack | 0;
  // How many first bytes an access of 1, 2, 4 or 8 bytes may have in each of the two regions.
  const stack1 = memory.stackLength >>> 0;
  const stack2 = Math.max(0, memory.stackLength - 1) >>> 0;
  const stack4 = Math.max(0, memory.stackLength - 3) >>> 0;
  const stack8 = Math.max(0, memory.stackLength - 7) >>> 0;
  let heap1 = memory.readWriteLength >>> 0;
  let heap2 = Math.max(0, memory.readWriteLength - 1) >>> 0;
  let heap4 = Math.max(0, memory.readWriteLength - 3) >>> 0;
  let heap8 = Math.max(0, memory.readWriteLength - 7) >>> 0;

  loop: for (;;) {
    const w = code[ip]!;
    switch (w & 0xff) {
      case Record.charge: {
        const cost = code[ip + 1]!;
        if (gas < cost) {
          if (gasReserve === 0) {
            exit = Exit.outOfGas;
            break loop;
          }
          const slice = Math.min(gasReserve, MAX_GAS_HIGH);
          gasReserve -= slice;
          gas += slice * WORD;
        }
        gas -= cost;
        ip += RECORD_SIZE;
        continue;
      }

      case Record.count: {
        if (mayHandOver) {
          const left = code[ip + 2]!;
          code[ip + 2] = left - 1;
          if (left <= 0) {
            exit = Exit.handOver;
            break loop;
          }
        }
        const cost = code[ip + 1]!;
        if (gas < cost) {
          if (gasReserve === 0) {
            exit = Exit.outOfGas;
            break loop;
          }
          const slice = Math.min(gasReserve, MAX_GAS_HIGH);
          gasReserve -= slice;
          gas += slice * WORD;
        }
        gas -= cost;
        ip += RECORD_SIZE;
        continue;
      }

      // Moves
      case Op.load_imm64: {
        const d = (w >>> 8) & 31;
        r[d] = code[ip + 1]!;
        r[d + 1] = code[ip + 2]!;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.move_reg: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        r[d] = r[a]!;
        r[d + 1] = r[a + 1]!;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.cmov_if_zero: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        if ((r[b]! | r[b + 1]!) === 0) {
          r[d] = r[a]!;
          r[d + 1] = r[a + 1]!;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.cmov_if_zero_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        if ((r[a]! | r[a + 1]!) === 0) {
          r[d] = imm;
          r[d + 1] = imm >> 31;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.cmov_if_not_zero: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        if ((r[b]! | r[b + 1]!) !== 0) {
          r[d] = r[a]!;
          r[d + 1] = r[a + 1]!;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.cmov_if_not_zero_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        if ((r[a]! | r[a + 1]!) !== 0) {
          r[d] = imm;
          r[d + 1] = imm >> 31;
        }
        ip += RECORD_SIZE;
        continue;
      }

      // Loads: most addresses lie in the read-write region or on the stack
      case Op.load_indirect_u8: {
        const d = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const y = (x + toStack) >>> 0;
        let at: number;
        if (x < heap1) at = (x + heapAt) >>> 0;
        else if (y < stack1) at = (y + stackAt) >>> 0;
        else {
          at = memory.locateLoad((x + base) >>> 0, 1);
          if (at < 0) {
            exit = at === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        r[d] = bytes[at]!;
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.load_indirect_i8: {
        const d = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const y = (x + toStack) >>> 0;
        let at: number;
        if (x < heap1) at = (x + heapAt) >>> 0;
        else if (y < stack1) at = (y + stackAt) >>> 0;
        else {
          at = memory.locateLoad((x + base) >>> 0, 1);
          if (at < 0) {
            exit = at === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        const low = (bytes[at]! << 24) >> 24;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.load_indirect_u16: {
        const d = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const y = (x + toStack) >>> 0;
        let at: number;
        if (x < heap2) at = (x + heapAt) >>> 0;
        else if (y < stack2) at = (y + stackAt) >>> 0;
        else {
          at = memory.locateLoad((x + base) >>> 0, 2);
          if (at < 0) {
            exit = at === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        r[d] = view.getUint16(at, true);
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.load_indirect_i16: {
        const d = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const y = (x + toStack) >>> 0;
        let at: number;
        if (x < heap2) at = (x + heapAt) >>> 0;
        else if (y < stack2) at = (y + stackAt) >>> 0;
        else {
          at = memory.locateLoad((x + base) >>> 0, 2);
          if (at < 0) {
            exit = at === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        const low = view.getInt16(at, true);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.load_indirect_u32: {
        const d = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const y = (x + toStack) >>> 0;
        let at: number;
        if (x < heap4) at = (x + heapAt) >>> 0;
        else if (y < stack4) at = (y + stackAt) >>> 0;
        else {
          at = memory.locateLoad((x + base) >>> 0, 4);
          if (at < 0) {
            exit = at === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        r[d] = view.getInt32(at, true);
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.load_indirect_i32: {
        const d = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const y = (x + toStack) >>> 0;
        let at: number;
        if (x < heap4) at = (x + heapAt) >>> 0;
        else if (y < stack4) at = (y + stackAt) >>> 0;
        else {
          at = memory.locateLoad((x + base) >>> 0, 4);
          if (at < 0) {
            exit = at === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        const low = view.getInt32(at, true);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.load_indirect_u64: {
        const d = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const y = (x + toStack) >>> 0;
        let at: number;
        if (x < heap8) at = (x + heapAt) >>> 0;
        else if (y < stack8) at = (y + stackAt) >>> 0;
        else {
          at = memory.locateLoad((x + base) >>> 0, 8);
          if (at < 0) {
            exit = at === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        const low = view.getInt32(at, true);
        r[d + 1] = view.getInt32(at + 4, true);
        r[d] = low;
        ip += RECORD_SIZE;
        continue;
      }

      // Stores
      case Op.store_indirect_u8: {
        const s = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const low = r[s]!;
        const y = (x + toStack) >>> 0;
        if (x < heap1 || y < stack1) {
          const at = (x < heap1 ? x + heapAt : y + stackAt) >>> 0;
          bytes[at] = low;
        } else {
          const fault = memory.store((x + base) >>> 0, 1, low, r[s + 1]!);
          if (fault < 0) {
            exit = fault === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.store_indirect_u16: {
        const s = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const low = r[s]!;
        const y = (x + toStack) >>> 0;
        if (x < heap2 || y < stack2) {
          const at = (x < heap2 ? x + heapAt : y + stackAt) >>> 0;
          view.setInt16(at, low, true);
        } else {
          const fault = memory.store((x + base) >>> 0, 2, low, r[s + 1]!);
          if (fault < 0) {
            exit = fault === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.store_indirect_u32: {
        const s = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const low = r[s]!;
        const y = (x + toStack) >>> 0;
        if (x < heap4 || y < stack4) {
          const at = (x < heap4 ? x + heapAt : y + stackAt) >>> 0;
          view.setInt32(at, low, true);
        } else {
          const fault = memory.store((x + base) >>> 0, 4, low, r[s + 1]!);
          if (fault < 0) {
            exit = fault === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.store_indirect_u64: {
        const s = (w >>> 8) & 31;
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const low = r[s]!;
        const y = (x + toStack) >>> 0;
        if (x < heap8 || y < stack8) {
          const at = (x < heap8 ? x + heapAt : y + stackAt) >>> 0;
          view.setInt32(at, low, true);
          view.setInt32(at + 4, r[s + 1]!, true);
        } else {
          const fault = memory.store((x + base) >>> 0, 8, low, r[s + 1]!);
          if (fault < 0) {
            exit = fault === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.store_imm_indirect_u8: {
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const low = code[ip + 2]!;
        const y = (x + toStack) >>> 0;
        if (x < heap1 || y < stack1) {
          const at = (x < heap1 ? x + heapAt : y + stackAt) >>> 0;
          bytes[at] = low;
        } else {
          const fault = memory.store((x + base) >>> 0, 1, low, low >> 31);
          if (fault < 0) {
            exit = fault === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.store_imm_indirect_u16: {
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const low = code[ip + 2]!;
        const y = (x + toStack) >>> 0;
        if (x < heap2 || y < stack2) {
          const at = (x < heap2 ? x + heapAt : y + stackAt) >>> 0;
          view.setInt16(at, low, true);
        } else {
          const fault = memory.store((x + base) >>> 0, 2, low, low >> 31);
          if (fault < 0) {
            exit = fault === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.store_imm_indirect_u32: {
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const low = code[ip + 2]!;
        const y = (x + toStack) >>> 0;
        if (x < heap4 || y < stack4) {
          const at = (x < heap4 ? x + heapAt : y + stackAt) >>> 0;
          view.setInt32(at, low, true);
        } else {
          const fault = memory.store((x + base) >>> 0, 4, low, low >> 31);
          if (fault < 0) {
            exit = fault === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.store_imm_indirect_u64: {
        const x = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        const low = code[ip + 2]!;
        const y = (x + toStack) >>> 0;
        if (x < heap8 || y < stack8) {
          const at = (x < heap8 ? x + heapAt : y + stackAt) >>> 0;
          view.setInt32(at, low, true);
          view.setInt32(at + 4, low >> 31, true);
        } else {
          const fault = memory.store((x + base) >>> 0, 8, low, low >> 31);
          if (fault < 0) {
            exit = fault === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break loop;
          }
        }
        ip += RECORD_SIZE;
        continue;
      }

      // Addition, subtraction, multiplication
      case Op.add_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const low = (r[a]! + r[b]!) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.sub_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const low = (r[a]! - r[b]!) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.mul_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const low = Math.imul(r[a]!, r[b]!);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.add_imm_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = (r[a]! + imm) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.mul_imm_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = Math.imul(r[a]!, imm);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.negate_and_add_imm_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = (imm - r[a]!) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.add_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const low = (al + r[b]!) | 0;
        r[d + 1] = (r[a + 1]! + r[b + 1]! + (low >>> 0 < al >>> 0 ? 1 : 0)) | 0;
        r[d] = low;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.add_imm_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const al = r[a]!;
        const low = (al + imm) | 0;
        r[d + 1] = (r[a + 1]! + (imm >> 31) + (low >>> 0 < al >>> 0 ? 1 : 0)) | 0;
        r[d] = low;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.sub_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const bl = r[b]!;
        r[d + 1] = (r[a + 1]! - r[b + 1]! - (al >>> 0 < bl >>> 0 ? 1 : 0)) | 0;
        r[d] = (al - bl) | 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.negate_and_add_imm_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const al = r[a]!;
        r[d + 1] = ((imm >> 31) - r[a + 1]! - (imm >>> 0 < al >>> 0 ? 1 : 0)) | 0;
        r[d] = (imm - al) | 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.mul_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const bl = r[b]!;
        r[d + 1] = (mulHighU32(al, bl) + Math.imul(al, r[b + 1]!) + Math.imul(r[a + 1]!, bl)) | 0;
        r[d] = Math.imul(al, bl);
        ip += RECORD_SIZE;
        continue;
      }
      case Op.mul_imm_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const al = r[a]!;
        r[d + 1] = (mulHighU32(al, imm) + Math.imul(al, imm >> 31) + Math.imul(r[a + 1]!, imm)) | 0;
        r[d] = Math.imul(al, imm);
        ip += RECORD_SIZE;
        continue;
      }
      case Op.mul_upper_signed_signed: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        mulUpperSigned(r[a]!, r[a + 1]!, r[b]!, r[b + 1]!);
        r[d] = result.low;
        r[d + 1] = result.high;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.mul_upper_unsigned_unsigned: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        mulUpperUnsigned(r[a]!, r[a + 1]!, r[b]!, r[b + 1]!);
        r[d] = result.low;
        r[d + 1] = result.high;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.mul_upper_signed_unsigned: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        mulUpperSignedUnsigned(r[a]!, r[a + 1]!, r[b]!, r[b + 1]!);
        r[d] = result.low;
        r[d + 1] = result.high;
        ip += RECORD_SIZE;
        continue;
      }

      // Division
      case Op.div_unsigned_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        divUnsigned(r[a]!, r[a + 1]!, r[b]!, r[b + 1]!);
        r[d] = result.low;
        r[d + 1] = result.high;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.div_signed_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        divSigned(r[a]!, r[a + 1]!, r[b]!, r[b + 1]!);
        r[d] = result.low;
        r[d + 1] = result.high;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rem_unsigned_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        remUnsigned(r[a]!, r[a + 1]!, r[b]!, r[b + 1]!);
        r[d] = result.low;
        r[d + 1] = result.high;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rem_signed_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        remSigned(r[a]!, r[a + 1]!, r[b]!, r[b + 1]!);
        r[d] = result.low;
        r[d + 1] = result.high;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.div_unsigned_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const divisor = r[b]! >>> 0;
        const low = divisor === 0 ? -1 : ((r[a]! >>> 0) / divisor) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.div_signed_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const divisor = r[b]!;
        const low = divisor === 0 ? -1 : (r[a]! / divisor) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rem_unsigned_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const divisor = r[b]! >>> 0;
        const low = divisor === 0 ? r[a]! : ((r[a]! >>> 0) % divisor) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rem_signed_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const divisor = r[b]!;
        const low = divisor === 0 ? r[a]! : (r[a]! % divisor) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }

      // Bitwise logic
      case Op.and: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        r[d] = r[a]! & r[b]!;
        r[d + 1] = r[a + 1]! & r[b + 1]!;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.or: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        r[d] = r[a]! | r[b]!;
        r[d + 1] = r[a + 1]! | r[b + 1]!;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.xor: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        r[d] = r[a]! ^ r[b]!;
        r[d + 1] = r[a + 1]! ^ r[b + 1]!;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.and_inverted: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        r[d] = r[a]! & ~r[b]!;
        r[d + 1] = r[a + 1]! & ~r[b + 1]!;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.or_inverted: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        r[d] = r[a]! | ~r[b]!;
        r[d + 1] = r[a + 1]! | ~r[b + 1]!;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.xnor: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        r[d] = ~(r[a]! ^ r[b]!);
        r[d + 1] = ~(r[a + 1]! ^ r[b + 1]!);
        ip += RECORD_SIZE;
        continue;
      }
      case Op.and_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        r[d] = r[a]! & imm;
        r[d + 1] = r[a + 1]! & (imm >> 31);
        ip += RECORD_SIZE;
        continue;
      }
      case Op.or_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        r[d] = r[a]! | imm;
        r[d + 1] = r[a + 1]! | (imm >> 31);
        ip += RECORD_SIZE;
        continue;
      }
      case Op.xor_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        r[d] = r[a]! ^ imm;
        r[d + 1] = r[a + 1]! ^ (imm >> 31);
        ip += RECORD_SIZE;
        continue;
      }

      // Shifts and rotations. A shift by 32 or more is one word's shift into the other.
      case Op.shift_logical_left_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const low = r[a]! << r[b]!;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_left_imm_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = r[a]! << imm;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_left_imm_alt_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = imm << r[a]!;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_right_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const low = (r[a]! >>> r[b]!) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_right_imm_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = (r[a]! >>> imm) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_right_imm_alt_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = (imm >>> r[a]!) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_arithmetic_right_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const low = r[a]! >> r[b]!;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_arithmetic_right_imm_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = r[a]! >> imm;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_arithmetic_right_imm_alt_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const low = imm >> r[a]!;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_left_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = r[b]! & 63;
        if (n === 0) {
          r[d + 1] = ah;
          r[d] = al;
        } else if (n < 32) {
          r[d + 1] = (ah << n) | (al >>> (32 - n));
          r[d] = al << n;
        } else {
          r[d + 1] = al << (n - 32);
          r[d] = 0;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_left_imm_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = imm & 63;
        if (n === 0) {
          r[d + 1] = ah;
          r[d] = al;
        } else if (n < 32) {
          r[d + 1] = (ah << n) | (al >>> (32 - n));
          r[d] = al << n;
        } else {
          r[d + 1] = al << (n - 32);
          r[d] = 0;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_left_imm_alt_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const n = r[a]! & 63;
        const high = imm >> 31;
        if (n === 0) {
          r[d + 1] = high;
          r[d] = imm;
        } else if (n < 32) {
          r[d + 1] = (high << n) | (imm >>> (32 - n));
          r[d] = imm << n;
        } else {
          r[d + 1] = imm << (n - 32);
          r[d] = 0;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_right_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = r[b]! & 63;
        if (n === 0) {
          r[d] = al;
          r[d + 1] = ah;
        } else if (n < 32) {
          r[d] = (al >>> n) | (ah << (32 - n));
          r[d + 1] = ah >>> n;
        } else {
          r[d] = ah >>> (n - 32);
          r[d + 1] = 0;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_right_imm_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = imm & 63;
        if (n === 0) {
          r[d] = al;
          r[d + 1] = ah;
        } else if (n < 32) {
          r[d] = (al >>> n) | (ah << (32 - n));
          r[d + 1] = ah >>> n;
        } else {
          r[d] = ah >>> (n - 32);
          r[d + 1] = 0;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_logical_right_imm_alt_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const n = r[a]! & 63;
        const high = imm >> 31;
        if (n === 0) {
          r[d] = imm;
          r[d + 1] = high;
        } else if (n < 32) {
          r[d] = (imm >>> n) | (high << (32 - n));
          r[d + 1] = high >>> n;
        } else {
          r[d] = high >>> (n - 32);
          r[d + 1] = 0;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_arithmetic_right_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = r[b]! & 63;
        if (n === 0) {
          r[d] = al;
          r[d + 1] = ah;
        } else if (n < 32) {
          r[d] = (al >>> n) | (ah << (32 - n));
          r[d + 1] = ah >> n;
        } else {
          r[d] = ah >> (n - 32);
          r[d + 1] = ah >> 31;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_arithmetic_right_imm_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = imm & 63;
        if (n === 0) {
          r[d] = al;
          r[d + 1] = ah;
        } else if (n < 32) {
          r[d] = (al >>> n) | (ah << (32 - n));
          r[d + 1] = ah >> n;
        } else {
          r[d] = ah >> (n - 32);
          r[d + 1] = ah >> 31;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.shift_arithmetic_right_imm_alt_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const n = r[a]! & 63;
        const high = imm >> 31;
        if (n === 0) {
          r[d] = imm;
          r[d + 1] = high;
        } else if (n < 32) {
          r[d] = (imm >>> n) | (high << (32 - n));
          r[d + 1] = high >> n;
        } else {
          r[d] = high >> (n - 32);
          r[d + 1] = high >> 31;
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rotate_left_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const value = r[a]!;
        const n = r[b]!;
        const low = (value << n) | (value >>> -n);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rotate_right_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const value = r[a]!;
        const n = r[b]!;
        const low = (value >>> n) | (value << -n);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rotate_right_imm_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const value = r[a]!;
        const low = (value >>> imm) | (value << -imm);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rotate_right_imm_alt_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const n = r[a]!;
        const low = (imm >>> n) | (imm << -n);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rotate_left_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = -r[b]! & 63;
        const near = n < 32 ? al : ah;
        const far = n < 32 ? ah : al;
        if ((n & 31) === 0) {
          r[d] = near;
          r[d + 1] = far;
        } else {
          r[d] = (near >>> n) | (far << -n);
          r[d + 1] = (far >>> n) | (near << -n);
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rotate_right_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = r[b]! & 63;
        const near = n < 32 ? al : ah;
        const far = n < 32 ? ah : al;
        if ((n & 31) === 0) {
          r[d] = near;
          r[d + 1] = far;
        } else {
          r[d] = (near >>> n) | (far << -n);
          r[d + 1] = (far >>> n) | (near << -n);
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rotate_right_imm_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const al = r[a]!;
        const ah = r[a + 1]!;
        const n = imm & 63;
        const near = n < 32 ? al : ah;
        const far = n < 32 ? ah : al;
        if ((n & 31) === 0) {
          r[d] = near;
          r[d + 1] = far;
        } else {
          r[d] = (near >>> n) | (far << -n);
          r[d + 1] = (far >>> n) | (near << -n);
        }
        ip += RECORD_SIZE;
        continue;
      }
      case Op.rotate_right_imm_alt_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const n = r[a]! & 63;
        const high = imm >> 31;
        const near = n < 32 ? imm : high;
        const far = n < 32 ? high : imm;
        if ((n & 31) === 0) {
          r[d] = near;
          r[d + 1] = far;
        } else {
          r[d] = (near >>> n) | (far << -n);
          r[d + 1] = (far >>> n) | (near << -n);
        }
        ip += RECORD_SIZE;
        continue;
      }

      // Comparisons, minimum and maximum
      case Op.set_less_than_unsigned: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        r[d] = ah >>> 0 < bh >>> 0 || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0) ? 1 : 0;
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.set_less_than_unsigned_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        r[d] = ah >>> 0 < bh >>> 0 || (ah === bh && r[a]! >>> 0 < imm >>> 0) ? 1 : 0;
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.set_greater_than_unsigned_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        r[d] = bh >>> 0 < ah >>> 0 || (bh === ah && imm >>> 0 < r[a]! >>> 0) ? 1 : 0;
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.set_less_than_signed: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        r[d] = ah < bh || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0) ? 1 : 0;
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.set_less_than_signed_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        r[d] = ah < bh || (ah === bh && r[a]! >>> 0 < imm >>> 0) ? 1 : 0;
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.set_greater_than_signed_imm: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        r[d] = bh < ah || (bh === ah && imm >>> 0 < r[a]! >>> 0) ? 1 : 0;
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.maximum: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        const source = ah < bh || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0) ? b : a;
        const low = r[source]!;
        r[d + 1] = r[source + 1]!;
        r[d] = low;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.maximum_unsigned: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        const source = ah >>> 0 < bh >>> 0 || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0) ? b : a;
        const low = r[source]!;
        r[d + 1] = r[source + 1]!;
        r[d] = low;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.minimum: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        const source = ah < bh || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0) ? a : b;
        const low = r[source]!;
        r[d + 1] = r[source + 1]!;
        r[d] = low;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.minimum_unsigned: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        const source = ah >>> 0 < bh >>> 0 || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0) ? a : b;
        const low = r[source]!;
        r[d + 1] = r[source + 1]!;
        r[d] = low;
        ip += RECORD_SIZE;
        continue;
      }

      // Bit counting and extension
      case Op.count_leading_zero_bits_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        r[d] = Math.clz32(r[a]!);
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.count_leading_zero_bits_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const ah = r[a + 1]!;
        r[d] = ah === 0 ? 32 + Math.clz32(r[a]!) : Math.clz32(ah);
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.count_trailing_zero_bits_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        r[d] = countTrailingZeros(r[a]!);
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.count_trailing_zero_bits_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const al = r[a]!;
        r[d] = al === 0 ? 32 + countTrailingZeros(r[a + 1]!) : countTrailingZeros(al);
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.count_set_bits_32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        r[d] = popCount(r[a]!);
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.count_set_bits_64: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        r[d] = popCount(r[a]!) + popCount(r[a + 1]!);
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.sign_extend_8: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const low = (r[a]! << 24) >> 24;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.sign_extend_16: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const low = (r[a]! << 16) >> 16;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.zero_extend_16: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        r[d] = r[a]! & 0xffff;
        r[d + 1] = 0;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.reverse_byte: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const low = reverseBytes(r[a + 1]!);
        r[d + 1] = reverseBytes(r[a]!);
        r[d] = low;
        ip += RECORD_SIZE;
        continue;
      }
      case Record.reverseByte32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const low = reverseBytes(r[a]!);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Record.mulUpperUnsigned32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const low = mulHighU32(r[a]!, r[b]!);
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Record.mulUpperSigned32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const bl = r[b]!;
        const low = (mulHighU32(al, bl) - (al < 0 ? bl : 0) - (bl < 0 ? al : 0)) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Record.mulUpperSignedUnsigned32: {
        const d = (w >>> 8) & 31;
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const al = r[a]!;
        const bl = r[b]!;
        const low = (mulHighU32(al, bl) - (al < 0 ? bl : 0)) | 0;
        r[d] = low;
        r[d + 1] = low >> 31;
        ip += RECORD_SIZE;
        continue;
      }

      // Branches: both ways are records
      case Op.branch_eq: {
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        ip = code[r[a]! === r[b]! && ah === bh ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_not_eq: {
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        ip = code[r[a]! !== r[b]! || ah !== bh ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_eq_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[r[a]! === imm && ah === bh ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_not_eq_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[r[a]! !== imm || ah !== bh ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_less_unsigned: {
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        ip = code[ah >>> 0 < bh >>> 0 || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_greater_or_equal_unsigned: {
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        ip = code[!(ah >>> 0 < bh >>> 0 || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0)) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_less_unsigned_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[ah >>> 0 < bh >>> 0 || (ah === bh && r[a]! >>> 0 < imm >>> 0) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_greater_or_equal_unsigned_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[!(ah >>> 0 < bh >>> 0 || (ah === bh && r[a]! >>> 0 < imm >>> 0)) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_greater_unsigned_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[bh >>> 0 < ah >>> 0 || (bh === ah && imm >>> 0 < r[a]! >>> 0) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_less_or_equal_unsigned_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[!(bh >>> 0 < ah >>> 0 || (bh === ah && imm >>> 0 < r[a]! >>> 0)) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_less_signed: {
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        ip = code[ah < bh || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_greater_or_equal_signed: {
        const a = (w >>> 13) & 31;
        const b = (w >>> 18) & 31;
        const ah = r[a + 1]!;
        const bh = r[b + 1]!;
        ip = code[!(ah < bh || (ah === bh && r[a]! >>> 0 < r[b]! >>> 0)) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_less_signed_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[ah < bh || (ah === bh && r[a]! >>> 0 < imm >>> 0) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_greater_or_equal_signed_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[!(ah < bh || (ah === bh && r[a]! >>> 0 < imm >>> 0)) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_greater_signed_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[bh < ah || (bh === ah && imm >>> 0 < r[a]! >>> 0) ? ip + 2 : ip + 3]!;
        continue;
      }
      case Op.branch_less_or_equal_signed_imm: {
        const a = (w >>> 13) & 31;
        const imm = code[ip + 1]!;
        const ah = r[a + 1]!;
        const bh = imm >> 31;
        ip = code[!(bh < ah || (bh === ah && imm >>> 0 < r[a]! >>> 0)) ? ip + 2 : ip + 3]!;
        continue;
      }

      // Jumps
      case Op.jump:
        ip = code[ip + 1]!;
        continue;
      case Op.jump_indirect: {
        const address = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        if (address === RETURN_TO_HOST) {
          exit = Exit.finished;
          break loop;
        }
        const target = stream.enterDynamic(address);
        if (target < 0) {
          exit = Exit.trap;
          break loop;
        }
        code = stream.words;
        ip = target;
        continue;
      }
      case Op.load_imm_and_jump_indirect: {
        const d = (w >>> 8) & 31;
        const imm = code[ip + 2]!;
        const address = (r[(w >>> 13) & 31]! + code[ip + 1]!) >>> 0;
        r[d] = imm;
        r[d + 1] = imm >> 31;
        if (address === RETURN_TO_HOST) {
          exit = Exit.finished;
          break loop;
        }
        const target = stream.enterDynamic(address);
        if (target < 0) {
          exit = Exit.trap;
          break loop;
        }
        code = stream.words;
        ip = target;
        continue;
      }
      case Record.resolve:
        ip = stream.resolve(ip);
        code = stream.words;
        continue;

      // Leaving, and what needs the memory or the gas counter as a whole
      case Op.trap:
        exit = Exit.trap;
        break loop;
      case Op.ecalli:
        exit = Exit.ecalli;
        break loop;
      case Record.step:
        exit = Exit.step;
        break loop;
      case Record.observe:
      case Record.chargeLarge: {
        const cost = code[ip + 2]! * WORD + (code[ip + 1]! >>> 0);
        while (gas < cost && gasReserve > 0) {
          const slice = Math.min(gasReserve, MAX_GAS_HIGH);
          gasReserve -= slice;
          gas += slice * WORD;
        }
        if (gas < cost) {
          exit = Exit.outOfGas;
          break loop;
        }
        gas -= cost;
        if ((w & 0xff) === Record.observe) observer!.enterBlock(code[ip + 3]!, cost, r[2 * SP]! >>> 0);
        ip += RECORD_SIZE;
        continue;
      }
      case Op.sbrk: {
        const d = (w >>> 8) & 31;
        const size = (w >>> 13) & 31;
        // As in the reference interpreter, a size beyond 32 bits asks for nothing.
        const isTooLarge = state.is64Bit && r[size + 1]! !== 0;
        const top = memory.sbrk(isTooLarge ? 0 : r[size]! >>> 0) | 0;
        r = state.words;
        view = memory.view;
        bytes = memory.bytes;
        heap1 = memory.readWriteLength >>> 0;
        heap2 = Math.max(0, memory.readWriteLength - 1) >>> 0;
        heap4 = Math.max(0, memory.readWriteLength - 3) >>> 0;
        heap8 = Math.max(0, memory.readWriteLength - 7) >>> 0;
        r[d] = top;
        r[d + 1] = top >> 31;
        ip += RECORD_SIZE;
        continue;
      }
      case Op.memset: {
        const from = r[2 * A0]! >>> 0;
        let left = r[2 * A2]! >>> 0;
        let to = from;
        exit = Exit.finished;
        while (left > 0) {
          if (gas === 0) {
            if (gasReserve === 0) {
              exit = Exit.outOfGas;
              break;
            }
            const slice = Math.min(gasReserve, MAX_GAS_HIGH);
            gasReserve -= slice;
            gas += slice * WORD;
          }
          const filled = memory.fill(to, Math.min(left, gas), r[2 * A1]!);
          if (filled < 0) {
            exit = filled === ACCESS_TRAP ? Exit.trap : Exit.segfault;
            break;
          }
          gas -= filled;
          to = (to + filled) >>> 0;
          left -= filled;
        }
        const moved = (to - from) >>> 0;
        const low = (from + moved) | 0;
        if (state.is64Bit) r[2 * A0 + 1] = (r[2 * A0 + 1]! + (low >>> 0 < from ? 1 : 0)) | 0;
        else r[2 * A0 + 1] = low >> 31;
        r[2 * A0] = low;
        r[2 * A2] = left;
        r[2 * A2 + 1] = state.is64Bit ? 0 : left >> 31;
        observer?.fill(moved);
        if (exit !== Exit.finished) break loop;
        ip += RECORD_SIZE;
        continue;
      }
      default:
        throw new Error(`the interpreter has no case for record ${w}`);
    }
  }

  const gasHigh = Math.floor(gas / WORD);
  r[GAS_LOW] = (gas - gasHigh * WORD) | 0;
  r[GAS_HIGH] = gasReserve + gasHigh;
  leave(stream, state, ip, exit);
  return exit;
}

/** Sets the program counters for an interrupt (spec: engine, section 4). */
function leave(stream: RecordStream, state: MachineState, ip: number, exit: Exit): void {
  const code = stream.words;
  const pc = code[ip + 3]!;
  state.pc = pc;
  state.nextPc = pc;
  state.isPaid = true;
  state.isStepped = true;
  switch (exit) {
    case Exit.finished:
      state.pc = -1;
      state.nextPc = -1;
      break;
    case Exit.trap:
      state.nextPc = -1;
      break;
    case Exit.ecalli:
      state.hostcall = code[ip + 1]! >>> 0;
      state.nextPc = code[ip + 2]!;
      state.isStepped = false;
      break;
    case Exit.outOfGas:
      state.isPaid = recordKind(code[ip]!) === Op.memset;
      break;
    case Exit.handOver:
      state.isPaid = false;
      break;
    case Exit.step: {
      // The charge for a block comes behind the step before its first instruction.
      state.isPaid = !isCharge(code[ip + RECORD_SIZE]!);
      break;
    }
    case Exit.segfault:
      break;
  }
}
