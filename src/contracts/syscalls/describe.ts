/** Syscalls for people: arguments by name, and what pointers lead to. */
import { FrameError, ReturnCode } from '../errors.js';
import type { GuestMemory } from '../guestMemory.js';
import { fromLittleEndian, type Hex, toHex } from '../hex.js';
import { MAX_CALL_DATA } from '../limits.js';
import type { Syscall, SyscallArguments } from './index.js';
import { type Parameter, SENTINEL } from './syscall.js';

/**
 * An argument, or what it points to: numbers as bigints, anything else in hex, several of a kind as a list. Null stands
 * for what is absent (a pointer of 0xffffffff), and for what cannot be read or is too long for any syscall to take.
 */
export type SyscallValue = bigint | Hex | readonly Hex[] | null;

/** The arguments by name. Pointers to output are left out. */
export function describeArguments(
  syscall: Syscall,
  args: SyscallArguments,
  memory: GuestMemory,
): Record<string, SyscallValue> {
  const values: Record<string, SyscallValue> = {};
  syscall.parameters.forEach((parameter, index) => {
    if (parameter.type !== 'pointer') values[parameter.name] = BigInt(args[index]!);
    else if (parameter.pointee?.access !== 'out') values[parameter.name] = pointee(syscall, parameter, args, memory);
  });
  return values;
}

/** What the syscall wrote, by the name of the pointer to it. */
export function describeOutput(
  syscall: Syscall,
  args: SyscallArguments,
  memory: GuestMemory,
  result: number | bigint | undefined,
): Record<string, SyscallValue> {
  const values: Record<string, SyscallValue> = {};
  if (syscall.result === 'never') return values;
  if (syscall.result === 'code' && result !== ReturnCode.Success && result !== ReturnCode.CalleeReverted) return values;
  for (const parameter of syscall.parameters) {
    if (parameter.pointee?.access === 'out') values[parameter.name] = pointee(syscall, parameter, args, memory);
  }
  return values;
}

function pointee(syscall: Syscall, parameter: Parameter, args: SyscallArguments, memory: GuestMemory): SyscallValue {
  const pointer = argument(syscall, parameter.name, args);
  if (pointer === SENTINEL || parameter.pointee === undefined) return null;
  const { type, length } = parameter.pointee;
  try {
    switch (type) {
      case 'u32':
        return BigInt(memory.readU32(pointer));
      case 'uint256':
        return fromLittleEndian(memory.read(pointer, 32));
      case 'address':
        return toHex(memory.read(pointer, 20));
      case 'bytes33':
        return toHex(memory.read(pointer, 33));
      case 'bytes32':
        return length === undefined
          ? toHex(memory.read(pointer, 32))
          : words(memory, pointer, lengthOf(syscall, length, args, memory));
      case 'bytes':
        return bytes(memory, pointer, length === undefined ? 0 : lengthOf(syscall, length, args, memory));
    }
  } catch (error) {
    if (error instanceof FrameError) return null;
    throw error;
  }
}

function words(memory: GuestMemory, pointer: number, count: number): readonly Hex[] | null {
  if (count > 16) return null;
  return Array.from({ length: count }, (_, i) => toHex(memory.read(pointer + 32 * i, 32)));
}

function bytes(memory: GuestMemory, pointer: number, length: number): Hex | null {
  if (length === SENTINEL) return toHex(memory.read(pointer, 32));
  return length > MAX_CALL_DATA ? null : toHex(memory.read(pointer, length));
}

/** The length is an argument, or a pointer leads to it. */
function lengthOf(syscall: Syscall, name: string, args: SyscallArguments, memory: GuestMemory): number {
  const parameter = syscall.parameters.find((candidate) => candidate.name === name);
  const value = argument(syscall, name, args);
  return parameter?.type === 'pointer' ? memory.readU32(value) : value;
}

function argument(syscall: Syscall, name: string, args: SyscallArguments): number {
  return args[syscall.parameters.findIndex((parameter) => parameter.name === name)]!;
}
