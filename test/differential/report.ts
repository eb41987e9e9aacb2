/** Scenarios as text that a regression test can be made of. */
import { disassemble } from '../../src/text/index.js';
import type { Difference } from './lockstep.js';
import type { Action, Scenario } from './scenario.js';

/** A listing of the program, the options, the script, and where the backends differ. */
export function reportScenario(
  { blob, options, limits, actions }: Scenario,
  difference: Difference | undefined,
): string {
  const lines = [disassemble(blob), `options: ${showObject(options)}, limits: ${showObject(limits)}`];
  lines.push(...actions.map((action, i) => `${i === difference?.action ? '>' : ' '} ${showObject(action)},`));
  if (difference !== undefined) {
    const { backend, what, expected, actual } = difference;
    lines.push(`${what}: ${expected} on the interpreter, ${actual} on the ${backend}`);
  }
  return lines.join('\n');
}

function showObject(value: object | Action): string {
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${showValue(item)}`);
  return `{ ${entries.join(', ')} }`;
}

function showValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(showValue).join(', ')}]`;
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value);
}
