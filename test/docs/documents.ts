/**
 * The documents: the README and the pages of the site. What a machine can check in them stands behind a comment that
 * says what it is.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Paths of all documents that are written by hand. */
export const documents: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !/^(reference|\.vitepress)\//.test(path))
    .map((path) => `docs/${path}`)
    .sort(),
];

/** The text of a document. */
export function readDocument(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8');
}

/** A file that a document shows. */
export interface ShownExample {
  /** The document. */
  readonly document: string;
  /** Path of the file. */
  readonly file: string;
  readonly source: string;
  /** What the file prints, if the document shows that: in a block behind it, or in comments behind `console.log(...)`. */
  readonly output: string | undefined;
}

/** What comments behind `console.log(...)` say that a file prints; undefined if there are none. */
function outputInComments(source: string): string | undefined {
  const lines = [...source.matchAll(/^console\.log\(.*\); \/\/ (.+)$/gm)].map(([, comment]) => `${comment}\n`);
  return lines.length === 0 ? undefined : lines.join('');
}

/** All files that documents show: `<!-- example: FILE -->`, its code, and perhaps what it prints. */
export function shownExamples(): ShownExample[] {
  return documents.flatMap((document) =>
    [
      ...readDocument(document).matchAll(
        /^<!-- example: (\S+) -->\n```\w+\n([\s\S]*?)```(?:\n\n```text\n([\s\S]*?)```)?/gm,
      ),
    ].map(([, file, source, output]) => ({
      document,
      file: file!,
      source: source!,
      output: output ?? outputInComments(source!),
    })),
  );
}

/** A command that a document shows, with what it prints. */
export interface ShownCommand {
  readonly document: string;
  /** All of the line behind `$ `. */
  readonly line: string;
  readonly output: string;
}

/** All commands that documents show with their output: `<!-- commands -->`, and a block with lines that begin with `$ `. */
export function shownCommands(): ShownCommand[] {
  return documents.flatMap((document) =>
    [...readDocument(document).matchAll(/^<!-- commands -->\n```console\n([\s\S]*?)```/gm)].flatMap(([, block]) =>
      [...block!.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(([, line, output]) => ({
        document,
        line: line!,
        output: output!,
      })),
    ),
  );
}

/** A program that a document shows, with parts of what the compiler makes of it. */
export interface ShownCompilation {
  readonly document: string;
  readonly source: string;
  /** Instructions that follow each other, in the order in which the parts come. */
  readonly parts: readonly (readonly string[])[];
}

/** All programs behind `<!-- compiled -->`, each with the blocks of WebAssembly text up to the next one; `...` parts them. */
export function shownCompilations(): ShownCompilation[] {
  return documents.flatMap((document) => {
    const [, ...sections] = readDocument(document).split(/^<!-- compiled -->\n```asm\n/m);
    return sections.map((section) => {
      const blocks = [...section.matchAll(/^```wat\n([\s\S]*?)```/gm)].map(([, block]) => block!);
      const parts = blocks.flatMap((block) => block.split(/^ *\.\.\.\n/m)).map(wasmInstructions);
      const source = section.slice(0, section.indexOf('```'));
      return { document, source, parts: parts.filter(({ length }) => length > 0) };
    });
  });
}

/** The instructions of WebAssembly text: one a line, or with two blanks between them. */
export function wasmInstructions(text: string): string[] {
  return text
    .replace(/;;.*| align=\d+/g, '')
    .split(/\n| {2,}/)
    .map((instruction) => instruction.trim())
    .filter((instruction) => instruction !== '');
}

/** What the documents show of the demonstration's output. */
export function demonstration(): string {
  const [shown] = documents.flatMap(
    (document) => /^<!-- output: start -->\n```text\n([\s\S]*?)```/m.exec(readDocument(document))?.[1] ?? [],
  );
  if (shown === undefined) throw new Error('no document shows the demonstration');
  return shown;
}

/** Output of a command without its times, which differ from run to run. */
export function timeless(output: string): string {
  return output.replace(/^time .*$/m, 'time').replace(/"timingsMs":\{[^}]*\}/, '');
}

/** Paths of the package's sources. */
export function sourceFiles(): string[] {
  return readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => `src/${path}`);
}
