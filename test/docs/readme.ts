/**
 * The parts of the README that a machine can check, each behind a comment that says what it is.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

export const readme = readFileSync(`${root}README.md`, 'utf8');

/** Example files that the README shows, with the code blocks that follow the comment: the file, and what it prints. */
export function examples(): { file: string; source: string; output: string | undefined }[] {
  return [...readme.matchAll(/^<!-- example: (\S+) -->\n```\w+\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/gm)].map(
    ([, file, source, output]) => ({ file: file!, source: source!, output }),
  );
}

/** Commands that the README shows, with what they print. */
export function commands(): { args: string[]; output: string }[] {
  const [, block] = /^<!-- commands -->\n```console\n([\s\S]*?)```/m.exec(readme)!;
  return [...block!.matchAll(/^\$ npx pvm (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(([, line, output]) => ({
    args: line!.split(' '),
    output: output!,
  }));
}

/** What the README shows of the demonstration's output. */
export function demonstration(): string {
  return /^<!-- output: start -->\n```text\n([\s\S]*?)```/m.exec(readme)![1]!;
}
