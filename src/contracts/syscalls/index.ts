import { calls } from './calls.js';
import { crypto } from './crypto.js';
import { data } from './data.js';
import { environment } from './environment.js';
import { storage } from './storage.js';
import { SymbolTable } from './symbolTable.js';
import type { Parameter, SyscallDefinition } from './syscall.js';

/**
 * Every service that contracts compiled by resolc import, of version 0.3.0 and of later ones (spec: contract syscalls,
 * section 2).
 */
const DEFINITIONS = { ...environment, ...data, ...storage, ...calls, ...crypto };

/** The name under which a program imports a syscall. */
export type SyscallSymbol = keyof typeof DEFINITIONS;

/** A syscall with what follows from its definition. */
export interface Syscall extends SyscallDefinition {
  readonly symbol: SyscallSymbol;
  /** The arguments in their order: those packed into one register are two. */
  readonly parameters: readonly Parameter[];
  /** Where each argument is: the index of its (low) word among those of a0 to a5. */
  readonly words: readonly number[];
}

/** The table of syscalls. */
export const SYSCALLS: readonly Syscall[] = Object.entries(DEFINITIONS).map(([symbol, definition]) =>
  completed(symbol as SyscallSymbol, definition),
);

/** The syscalls by the symbols of the exec buffer. */
export const SYSCALL_TABLE = new SymbolTable(SYSCALLS.map((syscall) => [syscall.symbol, syscall] as const));

function completed(symbol: SyscallSymbol, definition: SyscallDefinition): Syscall {
  const parameters: Parameter[] = [];
  const words: number[] = [];
  definition.registers.forEach((content, register) => {
    if ('name' in content) {
      parameters.push(content);
      words.push(2 * register);
    } else {
      parameters.push(...content);
      words.push(2 * register + 1, 2 * register);
    }
  });
  return { ...definition, symbol, parameters, words };
}

/** The arguments of a syscall; what lies behind those that it has means nothing. */
export type SyscallArguments = [number, number, number, number, number, number, number, number, number, number];

/**
 * Takes the arguments of a syscall out of the registers. The high half of a register with a u32 is noise: compilers leave
 * a sign there.
 *
 * @param registers the words of a0 to a5 from `offset` on
 * @param target gets one number for each argument
 */
export function decodeArguments(
  syscall: Syscall,
  registers: Uint32Array,
  offset: number,
  target: SyscallArguments,
): void {
  const { parameters, words } = syscall;
  for (let i = 0; i < words.length; i++) {
    const word = offset + words[i]!;
    const low = registers[word]!;
    target[i] = parameters[i]!.type === 'u64' ? low + registers[word + 1]! * 2 ** 32 : low;
  }
}

/** Room for {@link decodeArguments}. */
export function argumentRoom(): SyscallArguments {
  return [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
}
