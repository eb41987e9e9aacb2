import type { Output, Terminal } from './command.js';

/** The looks that text can have on a terminal, by what they mean. */
const CODES = { strong: 1, faint: 2, good: 32, bad: 31, note: 33, name: 36 } as const;

/** How a piece of text is meant. */
export type Look = keyof typeof CODES;

/** Gives text a look, on a terminal that has colours; elsewhere it stays as it is. */
export type Painter = (look: Look, text: string) => string;

/** The painter of what a command writes to `out`. */
export function painterOf({ terminal }: Output): Painter {
  return painter(terminal?.out === true && terminal.colours);
}

/** The painter of what a command writes to `err`. */
export function errorPainterOf({ terminal }: Output): Painter {
  return painter(terminal?.err === true && terminal.colours);
}

function painter(hasColours: boolean): Painter {
  return hasColours ? (look, text) => `\u001b[${CODES[look]}m${text}\u001b[0m` : (_, text) => text;
}

/** What is known of the streams of a process. Colours are refused by NO_COLOR, as no-color.org says, and by TERM=dumb. */
export function terminalOf(
  streams: { readonly stdout: { readonly isTTY?: boolean }; readonly stderr: { readonly isTTY?: boolean } },
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  return {
    out: streams.stdout.isTTY === true,
    err: streams.stderr.isTTY === true,
    colours: !environment.NO_COLOR && environment.TERM !== 'dumb',
  };
}
