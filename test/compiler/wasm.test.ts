/** What the compiler writes, judged by another implementation of WebAssembly. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { fixtureProgram } from '../../fixtures/index.js';
import { printWasm } from '../../src/compiler/index.js';
import { readShared, sharedDir } from '../support/shared.js';
import { compileAll, compileRandomPrograms, functionsOf, modulesCompiledBy } from './modules.js';

const { readWasm, parseWat } = await wabt();
const FEATURES = { tail_call: true, sign_extension: true, reference_types: true, mutable_globals: true };

const modules = modulesCompiledBy(() => {
  compileAll(fixtureProgram());
  compileRandomPrograms(7, 150);
});

it('is made of many programs', () => {
  expect(modules.length).toBeGreaterThan(150);
});

describe('a module', () => {
  it('is valid', () => {
    for (const bytes of modules) {
      const module = readWasm(bytes, FEATURES);
      module.validate();
      module.destroy();
    }
  });

  const programs = sharedDir === undefined ? [] : readdirSync(`${sharedDir}/programs/blobs`);
  it.runIf(sharedDir !== undefined).each(programs.filter((name) => !name.includes('city')))(
    'of %s is valid',
    (name) => {
      const found = modulesCompiledBy(() => compileAll(readShared(`programs/blobs/${name}`)));
      expect(found.length).toBeGreaterThan(0);
      for (const bytes of found) {
        const module = readWasm(bytes, FEATURES);
        module.validate();
        module.destroy();
      }
    },
  );
});

describe('the text of a function', () => {
  it('is what an assembler makes the same code of', () => {
    const functions = modules.flatMap(functionsOf);
    for (const { locals, code } of functions) {
      const text = printWasm(code);
      const assembled = parseWat('function.wat', moduleWith(localTypes(locals), text), FEATURES);
      const { buffer } = assembled.toBinary({ canonicalize_lebs: true });
      assembled.destroy();
      expect(Buffer.compare(functionsOf(buffer)[0].code, code), text).toBe(0);
    }
    expect(functions.length).toBeGreaterThan(200);
  });
});

/** The types of declared locals. */
function localTypes(locals: Uint8Array): string[] {
  const types: string[] = [];
  // Runs of a count below 128 and a type, behind the number of runs.
  for (let at = 1; at < locals.length; at += 2) {
    const count = locals[at];
    expect(count).toBeLessThan(128);
    for (let i = 0; i < count; i++) types.push(locals[at + 1] === 0x7f ? 'i32' : 'i64');
  }
  return types;
}

/** A module with one function, which may take its own parameters for locals of any type. */
function moduleWith(locals: readonly string[], text: string): string {
  const parameters = '(param i32 i64 i64 i64 i64) (result i32)';
  return `(module
    (type ${parameters.replace('(param', '(func (param')}))
    (type (func (param i32 i32 i32) (result i32)))
    (import "m" "m" (memory 0))
    (import "m" "t" (table 0 funcref))
    (func ${parameters} (local ${locals.join(' ')})
    ${text}))`;
}
