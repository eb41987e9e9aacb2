/** The catalogue of errors has all that there are, and no other. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as contracts from '../../src/contracts/index.js';
import * as engine from '../../src/index.js';
import * as text from '../../src/text/index.js';
import * as virtualization from '../../src/virtualization/index.js';
import { readDocument, root } from './documents.js';
import { thrownErrors } from './thrownErrors.js';

const catalogue = readDocument('docs/errors.md');
const exported = Object.entries({ ...engine, ...text, ...virtualization, ...contracts });
const headings = [...catalogue.matchAll(/^##+ (.*)$/gm)].map(([, heading]) => heading);
/** First column of all tables: what somebody looks up. */
const listed = [...catalogue.matchAll(/^\| `(.*?)` \|/gm)].map(([, cell]) => cell!);

/** Whether a message is listed; a listed one that ends in … stands for all that begin like it. */
function isListedAs(message: string, entry: string): boolean {
  return message === entry || (entry.endsWith('…') && message.startsWith(entry.slice(0, -1)));
}

/** Classes whose constructors take what was found and what was expected, and those whose messages the interface gives. */
const TAKES_EXPECTATION = /^(?:InvalidProgramError|WireFormatError|MemoryAccessError|MemoryMapError|.*\.error)$/;
const OF_THE_INTERFACE =
  /^(?:memory (?:read|write) is out of bounds|host code panicked|Error variant index|VirtManagerExt not registered)/;

describe('messages', () => {
  it.each(
    thrownErrors().filter(({ maker, message }) => !TAKES_EXPECTATION.test(maker) && !OF_THE_INTERFACE.test(message)),
  )('such as "$message" say what was expected', ({ message }) => {
    expect(message).toMatch(/: .*expected /);
  });
});

describe('the catalogue of errors', () => {
  it.each(thrownErrors())('has "$message" of $file', ({ message }) => {
    expect(listed.filter((entry) => isListedAs(message, entry))).not.toEqual([]);
  });

  it('has no message that is never thrown', () => {
    const thrown = thrownErrors();
    const messages = listed.filter((entry) => /[a-z] [a-z]/.test(entry));
    expect(messages.length).toBeGreaterThan(70);
    expect(messages.filter((entry) => !thrown.some(({ message }) => isListedAs(message, entry)))).toEqual([]);
  });

  const classes = exported.filter(([, value]) => typeof value === 'function' && value.prototype instanceof Error);
  it.each(classes.map(([name]) => name))('has a section on the class %s', (name) => {
    expect(headings).toContain(name);
  });

  const codes = exported.flatMap(([name, value]) =>
    /^[A-Z][a-z]+Error$/.test(name) && typeof value === 'object'
      ? Object.entries(value)
          .filter(([, code]) => typeof code === 'number' && code < 0)
          .map(([variant, code]) => ({ variant: `${name}.${variant}`, code }))
      : [],
  );
  it.each(codes)('has $variant with its number $code', ({ variant, code }) => {
    expect(catalogue).toContain(`| \`${variant}\` | ${code} |`);
  });
  it('knows the error codes', () => expect(codes).toHaveLength(13));

  const reasons = /type ErrorReason =\n([^;]*);/.exec(readFileSync(`${root}src/contracts/errors.ts`, 'utf8'))![1]!;
  it.each([...reasons.matchAll(/'(\w+)'/g)].map(([, reason]) => reason!))('has the reason %s', (reason) => {
    expect(listed).toContain(reason);
  });

  it.each(Object.values(contracts.RpcErrorCode))('has the code %s of a provider', (code) => {
    expect(catalogue).toContain(`| ${code} |`);
  });

  it('has every kind of interrupt', () => {
    // Each kind that the type has: the compiler refuses this when one is added.
    const kinds: Record<(engine.Interrupt | engine.Yielded)['kind'], true> = {
      finished: true,
      ecalli: true,
      trap: true,
      outOfGas: true,
      segfault: true,
      step: true,
      yielded: true,
    };
    expect(listed).toEqual(expect.arrayContaining(Object.keys(kinds)));
  });
});
