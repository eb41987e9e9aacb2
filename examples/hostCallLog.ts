import type { TracedHostCall } from 'polkavm-js/virtualization';

/**
 * Prints the host calls of a runtime, a line each, but for those that move memory: they are counted on the line of the
 * run that made them necessary.
 */
export class HostCallLog {
  readonly #print: (line: string) => void;
  #line: string | undefined;
  #moves = new Map<string, number>();

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Takes one call in. Give this to `traceHostCalls`. */
  readonly add = ({ name, arguments: args, result, trapped }: TracedHostCall): void => {
    if (name.endsWith('_memory') && result !== 'OutOfBounds' && this.#line !== undefined) {
      this.#moves.set(name, (this.#moves.get(name) ?? 0) + 1);
      return;
    }
    this.flush();
    this.#line = `  ${name}(${name === 'run' ? withoutNumbers(args) : args}) ${trapped ? 'trapped:' : '='} `;
    this.#line += name === 'run' ? withoutRegisters(result) : result;
  };

  /** Prints what is held back for the calls that may still come. */
  flush(): void {
    if (this.#line === undefined) return;
    const moves = [...this.#moves].map(([name, count]) => (count === 1 ? name : `${count} ${name}`));
    this.#print([this.#line, ...moves].join('; '));
    this.#line = undefined;
    this.#moves.clear();
  }
}

/** Leaves out the gas of a run, which is what the one before it left, and its a0. */
function withoutNumbers(args: string): string {
  return args.slice(0, args.indexOf(','));
}

/** Leaves out the registers of a syscall: how many of them mean something is between the program and its host. */
function withoutRegisters(result: string): string {
  return result.replace(/\(.*\)/, '');
}
