import type { HostCall } from './observe.js';

/**
 * Tells host calls in few lines: the runs of an instance up to the next call about something else are one line, with the
 * syscalls that they stopped at. Calls for a contract that another one called are indented.
 */
export class HostCallAccount {
  readonly #print: (line: string) => void;
  #depth = 0;
  #instance: number | undefined;
  #syscalls: string[] = [];
  #reads = 0;
  #writes = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Takes one call in. Give this to `observeHostFunctions`. */
  readonly add = (call: HostCall): void => {
    if (call.instance !== this.#instance) this.#finishRuns();
    switch (call.name) {
      case 'run':
        this.#instance = call.instance;
        this.#syscalls.push(call.outcome);
        return;
      case 'readMemory':
        this.#reads++;
        return;
      case 'writeMemory':
        this.#writes++;
        return;
      case 'destroy':
        this.#finishRuns();
        this.#line(call.name, `instance ${call.instance}`);
        this.#depth--;
        return;
      case 'prepare':
        this.#line(call.name, `instance ${call.instance}, export ${call.outcome}`);
        this.#depth++;
        return;
      default:
        this.#line(call.name, call.outcome);
    }
  };

  #finishRuns(): void {
    if (this.#syscalls.length === 0) return;
    const { length } = this.#syscalls;
    const moved = `${this.#reads} x readMemory, ${this.#writes} x writeMemory`;
    this.#line(`run`, `instance ${this.#instance}, ${length} x: ${inOrder(this.#syscalls)}; ${moved}`);
    this.#instance = undefined;
    this.#syscalls = [];
    this.#reads = 0;
    this.#writes = 0;
  }

  #line(name: string, text: string): void {
    this.#print(`${'  '.repeat(this.#depth + 1)}${name.padEnd(17)}${text}`);
  }
}

/** Names in their order, with a count where one comes several times in a row. */
function inOrder(names: readonly string[]): string {
  const groups: { name: string; count: number }[] = [];
  for (const name of names) {
    const last = groups.at(-1);
    if (last?.name === name) last.count++;
    else groups.push({ name, count: 1 });
  }
  return groups.map(({ name, count }) => (count === 1 ? name : `${name} x${count}`)).join(', ');
}
