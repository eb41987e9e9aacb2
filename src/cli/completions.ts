import { type Command, defineCommand, type OptionTable } from './command.js';
import { EXIT } from './exit.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `pvm completions`. @param loadCommands gives all commands, this one among them */
export function completionsCommand(loadCommands: () => Promise<readonly Command[]>): Command {
  return defineCommand({
    name: 'completions',
    summary: 'print what makes a shell complete pvm commands',
    operand: { name: 'SHELL', choices: SHELLS },
    description: `
Prints a script that makes a shell complete commands, options and their values. SHELL is ${SHELLS.join(', ')}.`,
    options: {},
    examples: [
      { line: 'eval "$(pvm completions bash)"', says: 'for this bash; for all of them put the line into ~/.bashrc' },
      { line: 'pvm completions zsh > ~/.zsh/completions/_pvm', says: 'with that folder in fpath' },
      { line: 'pvm completions fish > ~/.config/fish/completions/pvm.fish', says: 'for every fish' },
    ],
    exitCodes: [EXIT.finished],
    async run(shell, _, output) {
      const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell as (typeof SHELLS)[number]];
      output.out(script(await loadCommands()));
      return EXIT.finished;
    },
  });
}

function optionWords(options: OptionTable): string[] {
  return Object.entries(options).flatMap(([name, { short }]) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
}

function bashScript(commands: readonly Command[]): string {
  const values = commands.flatMap(({ name, options = {} }) =>
    Object.entries(options).flatMap(([option, { choices }]) =>
      choices === undefined
        ? []
        : [`    ${name}:--${option}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$word")); return;;`],
    ),
  );
  const words = commands.map(({ name, options = {}, operand }) => {
    const list = [...optionWords(options), ...(operand?.choices ?? [])].join(' ');
    const files = operand?.choices === undefined ? ' -f' : '';
    return `    ${name}) COMPREPLY=($(compgen${files} -W '${list}' -- "$word"));;`;
  });
  return `# bash completion for pvm
_pvm() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} help --help --version' -- "$word"))
    return
  fi
  case $command:$previous in
${values.join('\n')}
  esac
  case $command in
${words.join('\n')}
  esac
}
complete -o filenames -F _pvm pvm
`;
}

function zshScript(commands: readonly Command[]): string {
  const cases = commands.map(({ name, options = {}, operand }) => {
    const specs = Object.entries(options).map(([option, { type, short, help, choices, multiple }]) => {
      const says = quoted(`[${bracketless(firstLine(help))}]`);
      const value = type === 'boolean' ? '' : `:value:${choices === undefined ? '_files' : `(${choices.join(' ')})`}`;
      const repeat = multiple === true ? "'*'" : '';
      const names = short === undefined ? `--${option}` : `{-${short},--${option}}`;
      return `      ${repeat}${names}${says}${quoted(value)}`;
    });
    const rest = operand?.choices === undefined ? "'*:file:_files'" : quoted(`1:shell:(${operand.choices.join(' ')})`);
    return `    ${name}) _arguments \\\n${[...specs, `      ${rest}`].join(' \\\n')};;`;
  });
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  return `#compdef pvm
_pvm() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _pvm pvm
`;
}

function fishScript(commands: readonly Command[]): string {
  const lines = ['# fish completion for pvm', 'complete -c pvm -n __fish_use_subcommand -f'];
  for (const { name, summary, options = {}, operand } of commands) {
    lines.push(`complete -c pvm -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`);
    const when = `-n '__fish_seen_subcommand_from ${name}'`;
    for (const [option, { type, short, help, choices }] of Object.entries(options)) {
      const shortOption = short === undefined ? '' : ` -s ${short}`;
      const value = type === 'boolean' ? '' : choices === undefined ? ' -r' : ` -x -a ${quoted(choices.join(' '))}`;
      lines.push(`complete -c pvm ${when} -l ${option}${shortOption}${value} -d ${quoted(firstLine(help))}`);
    }
    if (operand?.choices !== undefined)
      lines.push(`complete -c pvm ${when} -f -a ${quoted(operand.choices.join(' '))}`);
  }
  return `${lines.join('\n')}\n`;
}

function firstLine(text: string): string {
  return text.split('\n')[0]!;
}

/** Brackets and colons mean something in zsh's descriptions. */
function bracketless(text: string): string {
  return text.replace(/[[\]:]/g, ' ');
}

/** Quotes a text for a shell. */
function quoted(text: string): string {
  return text === '' ? '' : `'${text.replaceAll("'", `'\\''`)}'`;
}
