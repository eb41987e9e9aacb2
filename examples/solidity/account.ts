import type { HostCall } from './observe.js';

/**
 * Tells host calls in few lines: one from looking the module up to having an instance ready, and one for the runs of an
 * instance up to the next call about something else, with the syscalls that they stopped at. What happens while a
 * contract waits for another one is indented.
 */
export class HostCallAccount {
  readonly #print: (line: string) => void;
  #depth = 1;
  #setUp: string[] = [];
  #runs: string[] = [];
  #moves = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Takes one call in. Give this to `observeHostFunctions`. */
  readonly add = ({ name, instance, outcome }: HostCall): void => {
    switch (name) {
      case 'run':
        this.#runs.push(outcome);
        return;
      case 'readMemory':
      case 'writeMemory':
        this.#moves++;
        return;
      case 'destroy':
        this.#finishRuns();
        this.#line(`destroy(instance ${instance})`);
        this.#depth--;
        return;
      case 'prepare':
        this.#line([...this.#setUp, `prepare(${outcome}) = ok`].join('; '));
        this.#setUp = [];
        this.#depth++;
        return;
      default:
        this.#finishRuns();
        this.#setUp.push(`${name}() = ${outcome}`);
    }
  };

  #finishRuns(): void {
    if (this.#runs.length === 0) return;
    this.#line(`${this.#runs.length} x run() = ${inOrder(this.#runs)}`);
    if (this.#moves > 0) this.#line(`${this.#moves} x readMemory(), writeMemory() between them`);
    this.#runs = [];
    this.#moves = 0;
  }

  #line(text: string): void {
    this.#print(`${'  '.repeat(this.#depth)}${text}`);
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
  return groups.map(({ name, count }) => (count === 1 ? name : `${name} x ${count}`)).join(', ');
}
