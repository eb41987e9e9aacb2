import type { FunctionProfile, LineProfile, Profile } from './profile.js';

/**
 * Puts the coverage of source lines into lcov's format, which `genhtml` and most editors and services read. It is empty
 * for a program without debug information.
 */
export function lcov({ lines, functions }: Profile): string {
  const records: string[] = [];
  for (const [path, ofFile] of [...byPath(lines)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const called = functions.filter((candidate) => candidate.path === path && candidate.line !== undefined);
    records.push('TN:', `SF:${oneLine(path)}`, ...functionRecords(called), ...lineRecords(ofFile), 'end_of_record');
  }
  return records.map((record) => `${record}\n`).join('');
}

function functionRecords(functions: readonly FunctionProfile[]): string[] {
  return [
    ...functions.map(({ name, line }) => `FN:${line},${oneLine(name)}`),
    ...functions.map(({ name, calls }) => `FNDA:${calls},${oneLine(name)}`),
    `FNF:${functions.length}`,
    `FNH:${functions.filter(({ calls }) => calls > 0).length}`,
  ];
}

function lineRecords(lines: readonly LineProfile[]): string[] {
  const inOrder = [...lines].sort((a, b) => a.line - b.line);
  return [
    ...inOrder.map(({ line, count }) => `DA:${line},${count}`),
    `LF:${lines.length}`,
    `LH:${lines.filter(({ count }) => count > 0).length}`,
  ];
}

function byPath(lines: readonly LineProfile[]): Map<string, LineProfile[]> {
  const files = new Map<string, LineProfile[]>();
  for (const line of lines) {
    const known = files.get(line.path);
    if (known === undefined) files.set(line.path, [line]);
    else known.push(line);
  }
  return files;
}

/** Names come from the program, and may hold anything. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}
