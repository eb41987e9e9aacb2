import type { Instance, Module } from '../engine/index.js';
import { REGISTER_NAMES, type RegisterName } from '../isa/index.js';
import { defineCommand } from './command.js';
import {
  BACKEND_OPTION,
  CALL_OPTIONS,
  instantiated,
  millisecondsSince,
  prepareCall,
  type RunOutcome,
  runAnswering,
  timed,
} from './execution.js';
import { EXIT } from './exit.js';
import { readBlob } from './files.js';
import { type Painter, painterOf } from './terminal.js';

/** How a run ended, as `--json` prints it. */
interface RunResult {
  readonly status: RunOutcome['kind'];
  /** Where it trapped, or where it was interrupted. */
  readonly pc: number | null;
  readonly gas: string;
  readonly gasUsed: string;
  /** The call that it stopped at; the symbol is null for an index that the import table does not have. */
  readonly ecalli: { readonly index: number; readonly symbol: string | null } | null;
  readonly registers: Readonly<Record<RegisterName, string>>;
  readonly backend: Module['backend'];
  readonly timingsMs: { readonly compile: number; readonly instantiate: number; readonly run: number };
}

/** `pvm run` */
export const runCommand = defineCommand({
  name: 'run',
  summary: 'call an export and show how it ended',
  operand: { name: 'FILE' },
  description: `
Calls an export of a program and shows how it ended. FILE is a program blob, or assembly text if its name ends in
.pvmasm; - is standard input. Ctrl-C stops the program and shows where it was.`,
  options: {
    ...CALL_OPTIONS,
    backend: BACKEND_OPTION,
    json: { type: 'boolean', help: 'print one JSON object' },
  },
  examples: [
    { line: 'pvm run fibonacci.pvmasm --arg 10', says: 'run until the program asks its host for something' },
    { line: 'pvm run fibonacci.pvmasm --arg 10 --on-ecalli tell=0 --json', says: 'answer what it asks, for a script' },
    { line: 'pvm run program.polkavm --call main --gas 100000', says: 'see how far a gas limit takes it' },
    { line: 'pvm assemble program.pvmasm -o - | pvm run -', says: 'take the program from a pipe' },
  ],
  exitCodes: [EXIT.finished, EXIT.trap, EXIT.outOfGas, EXIT.ecalli, EXIT.interrupted],
  async run(file, options, output) {
    const prepared = prepareCall(file, readBlob(file), options, options.backend, output);
    const { module, compileMs: compile, gas } = prepared;
    const [instance, instantiate] = timed(() => instantiated(file, () => module.instantiate()));
    prepared.start(instance);
    const start = performance.now();
    const outcome = await runAnswering(instance, prepared, output);
    const run = millisecondsSince(start);
    const result = describe(outcome, instance, gas, { compile, instantiate, run });
    output.out(options.json ? `${JSON.stringify(result)}\n` : report(result, painterOf(output)));
    return EXIT[result.status];
  },
});

function describe(outcome: RunOutcome, instance: Instance, gas: bigint, timingsMs: RunResult['timingsMs']): RunResult {
  const { module } = instance;
  const registers = Object.fromEntries(
    REGISTER_NAMES.map((name) => [name, `0x${instance.getRegister(name).toString(16)}`]),
  ) as Record<RegisterName, string>;
  return {
    status: outcome.kind,
    pc: outcome.kind === 'trap' ? outcome.pc : outcome.kind === 'interrupted' ? instance.nextProgramCounter! : null,
    gas: String(instance.gas),
    gasUsed: String(gas - instance.gas),
    ecalli:
      outcome.kind === 'ecalli' ? { index: outcome.index, symbol: module.imports[outcome.index]?.name ?? null } : null,
    registers,
    backend: module.backend,
    timingsMs,
  };
}

function report(result: RunResult, paint: Painter): string {
  const { status, registers, timingsMs } = result;
  const outcome = {
    finished: paint('good', 'finished'),
    trap: paint('bad', `trap at ${result.pc}`),
    outOfGas: paint('bad', 'out of gas'),
    ecalli: paint(
      'note',
      `stopped at ecalli ${result.ecalli?.index} (${result.ecalli?.symbol ?? 'not in the import table'})`,
    ),
    interrupted: paint('note', `interrupted at ${result.pc}`),
  }[status];
  const label = (text: string): string => paint('faint', text.padEnd(9));
  const lines = [
    `${label('status')}${outcome}`,
    `${label('a0')}${registers.a0} (${BigInt(registers.a0)})`,
    `${label('gas')}${result.gasUsed} used, ${result.gas} left`,
    `${label('time')}${timingsMs.run.toFixed(3)} ms (compile ${timingsMs.compile.toFixed(3)}, instantiate ` +
      `${timingsMs.instantiate.toFixed(3)}), ${result.backend}`,
  ];
  const names = Object.keys(registers) as RegisterName[];
  for (let start = 0; start < names.length; start += 4) {
    lines.push(
      names
        .slice(start, start + 4)
        .map((name) => `${name} = ${registers[name]}`.padEnd(26))
        .join('')
        .trimEnd(),
    );
  }
  return `${lines.join('\n')}\n`;
}
