import { DEFAULT_SYSCALL_GAS, type Parameter, SYSCALLS } from 'polkavm-js/contracts';

const RESULTS = {
  none: 'as before',
  u64: 'a number',
  length: 'length of the value before, or 0xffffffff',
  code: 'a return code',
  never: 'does not return',
} as const;

/** The syscalls as a table of Markdown, as docs/contracts.md shows it. */
export function syscallTable(): string {
  const rows = SYSCALLS.map(({ symbol, registers, result, changesState }) => {
    const { base, perByte } = DEFAULT_SYSCALL_GAS[symbol];
    const texts = registers.map((content) => ('name' in content ? textOf(content) : content.map(textOf).join(' : ')));
    const gas = perByte === 0 ? String(base) : `${base} + ${perByte} a byte`;
    return `| \`${symbol}\`${changesState ? ' (w)' : ''} | ${texts.join(', ') || 'none'} | ${RESULTS[result]} | ${gas} |`;
  });
  return ['| syscall | a0, a1, ... | a0 afterwards | gas |', '|---|---|---|---|', ...rows].join('\n');
}

/** A number is its name; a pointer tells what it leads to, and whether that is read (`*`) or written (`&`). */
function textOf({ name, type, pointee }: Parameter): string {
  if (pointee === undefined) return type === 'u64' ? `${name} u64` : name;
  return `${pointee.access === 'in' ? '*' : '&'}${name} ${pointee.type}${pointee.type === 'bytes32' && pointee.length !== undefined ? '[]' : ''}`;
}
