import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { RUNTIME_FORMS, runtimeStorageUrl, runtimeWasmUrl } from '../../fixtures/index.js';
import { Folder, pvm } from './pvm.js';

const folder = new Folder();
afterAll(() => folder.remove());

const storage = fileURLToPath(runtimeStorageUrl);
const runtime = fileURLToPath(runtimeWasmUrl('exported-memory'));

/** A module of the binary format whose only content is an import section. */
function importing(...imports: [module: string, name: string, description: number[]][]): Uint8Array {
  const named = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
  const entries = imports.flatMap(([module, name, description]) => [...named(module), ...named(name), ...description]);
  const types = [1, 4, 1, 0x60, 0, 0];
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...types, 2, entries.length + 1, imports.length, ...entries]);
}

describe('pvm host', () => {
  it.each(RUNTIME_FORMS)('runs a runtime with %s', async (form) => {
    const { exitCode, out, err } = await pvm(
      'host',
      fileURLToPath(runtimeWasmUrl(form)),
      '--call',
      'run_all',
      '--storage',
      storage,
    );
    expect(err).toBe('');
    expect(out).toContain('counter_in_subcall: passed\n');
    expect(out).toMatch(/run_all returned 18\n$/);
    expect(exitCode).toBe(0);
  });

  it('traces the host calls', async () => {
    const { out } = await pvm('host', runtime, '--call', 'counter_start_at_7', '--trace');
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^compile_from_bytes\(\d+ bytes, identifier none\) = module 0, compiled$/);
    expect(lines[1]).toBe('instantiate(module 0) = instance 0');
    expect(lines[2]).toBe('prepare(instance 0, "counter") = ok');
    expect(lines[3]).toMatch(
      /^run\(instance 0, gas 1000000000, a0 0x0\) = syscall read_counter\(0x[0-9a-f]+\), gas \d+$/,
    );
    expect(lines[4]).toMatch(/^write_memory\(instance 0, 0xfff[0-9a-f]+, 0x0700000000000000\) = ok$/);
    expect(out).toMatch(/ = finished, gas \d+\n/);
  });

  it('lists what the runtime exports unless told what to call', async () => {
    const { exitCode, out } = await pvm('host', runtime);
    expect(exitCode).toBe(0);
    expect(out).toContain('  run_all\n');
    expect(out).not.toContain('  memory\n');
  });

  it('exits with 1 and tells the report when the call traps', async () => {
    const { exitCode, out, err } = await pvm('host', runtime, '--call', 'finish');
    expect(exitCode).toBe(1);
    expect(out).toContain('panicked');
    expect(err).toMatch(/^pvm host: finish trapped: /);
  });

  it.each([
    ['nothing', 'no exported function "nothing"'],
    ['memory', 'no exported function "memory"'],
    ['alloc', '"alloc" takes 1 parameters, expected none or two'],
    ['resume', '"resume" cannot be called with 0 and 0'],
  ])('refuses to call %s', async (name, message) => {
    const { exitCode, err } = await pvm('host', runtime, '--call', name);
    expect(exitCode).toBe(64);
    expect(err).toContain(message);
  });

  it('names the imports that it does not provide', async () => {
    const wasm = folder.write(
      'other.wasm',
      importing(['env', 'ext_logging_log_version_1', [0, 0]], ['wasi', 'fd_write', [0, 0]]),
    );
    const { exitCode, err } = await pvm('host', wasm);
    expect(exitCode).toBe(65);
    expect(err).toContain('env.ext_logging_log_version_1 (function), wasi.fd_write (function)');
  });

  it('gives a runtime the memory it asks for, behind other imports too', async () => {
    const limits = [2, 1, 3, 200, 1];
    const wasm = folder.write(
      'memory.wasm',
      importing(['env', 'ext_virtualization_destroy_version_1', [0, 0]], ['env', 'memory', limits]),
    );
    // The function's type is another one than the host's: WebAssembly does not check that for JavaScript functions.
    expect((await pvm('host', wasm)).exitCode).toBe(0);
  });
});

describe('a record of host calls', () => {
  const record = folder.file('calls.jsonl');

  it('has each call with its bytes, and answers a runtime as the host did', async () => {
    const recorded = await pvm('host', runtime, '--call', 'run_all', '--storage', storage, '--record', record);
    expect(recorded.exitCode).toBe(0);
    const lines = readFileSync(record, 'utf8').trimEnd().split('\n');
    const calls = lines.map((line) => JSON.parse(line));
    expect(calls[0]).toMatchObject({ call: 'compile_from_bytes', result: expect.any(String) });
    expect(calls[0].in[0]).toMatch(/^0x50564d00/);
    expect(calls.find(({ call }) => call === 'run').out).toMatch(/^0x[0-9a-f]{192,}$/);
    // Without storage the runtime would fail.
    const replayed = await pvm('host', runtime, '--call', 'run_all', '--replay', record);
    expect(replayed).toEqual(recorded);
  });

  it('answers no other calls than those that it has', async () => {
    const { exitCode, err } = await pvm('host', runtime, '--call', 'counter_start_at_7', '--replay', record);
    expect(exitCode).toBe(1);
    expect(err).toMatch(
      /counter_start_at_7 trapped: host call \d+ of the record: got write_memory\(.* with other bytes than the recorded ones/,
    );
    const short = folder.write('short.jsonl', `${readFileSync(record, 'utf8').split('\n')[0]}\n`);
    const ended = await pvm('host', runtime, '--call', 'run_all', '--replay', short);
    expect(ended.err).toContain('host call 2 of the record: got instantiate(0), expected no more calls');
  });

  it.each(['nonsense', '{"call":"run"}', '{"call":"fly","arguments":[],"in":[],"result":"0"}', '[]'])(
    'cannot have the line %s',
    async (line) => {
      const file = folder.write('bad.jsonl', `${readFileSync(record, 'utf8').split('\n')[0]}\n${line}\n`);
      const { exitCode, err } = await pvm('host', runtime, '--call', 'run_all', '--replay', file);
      expect(exitCode).toBe(65);
      expect(err).toContain('line 2 is no recorded host call, expected what --record writes\n  2 | ');
    },
  );

  it('takes the place of storage', async () => {
    const { exitCode, err } = await pvm('host', runtime, '--call', 'x', '--replay', record, '--storage', storage);
    expect(exitCode).toBe(64);
    expect(err).toContain('--storage: got it with --replay');
  });
});

describe('pvm host --json', () => {
  it('has the result, the report and all host calls', async () => {
    const { out } = await pvm('host', runtime, '--call', 'counter_start_at_7', '--json');
    const { call, status, result, report, hostCalls } = JSON.parse(out);
    expect([call, status, result]).toEqual(['counter_start_at_7', 'finished', '1']);
    expect(report).toContain('passed');
    expect(hostCalls[1]).toEqual({ name: 'instantiate', arguments: 'module 0', result: 'instance 0', trapped: false });
  });

  it('tells a trap', async () => {
    const { exitCode, out } = await pvm('host', runtime, '--call', 'finish', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ status: 'trap', result: null, message: expect.any(String) });
  });

  it('lists the exports', async () => {
    expect(JSON.parse((await pvm('host', runtime, '--json')).out).exports).toContain('run_all');
  });
});

describe('the storage file of pvm host', () => {
  it.each([
    ['no JSON', 'nonsense', 'nonsense'],
    ['a list', '[]', 'the file is [], expected an object'],
    ['an unknown part', '{"mian": {}}', '"mian", expected only "main" and "children"'],
    ['a value that is no string', '{"main": {"0x00": 1}}', '1 at main.0x00, expected a string'],
    ['half a byte', '{"main": {"0x0": "0x00"}}', '"0x0" in main, expected pairs of hexadecimal digits'],
    ['a digit that is none', '{"children": {"c": {"k": "0xzz"}}}', '"0xzz" in children.c.k'],
    ['a child trie that is no object', '{"children": {"c": 5}}', 'children.c is 5, expected an object'],
  ])('may not be %s', async (_, contents, message) => {
    const file = folder.write('storage.json', contents);
    const { exitCode, err } = await pvm('host', runtime, '--call', 'run_all', '--storage', file);
    expect(exitCode).toBe(64);
    expect(err).toContain(message);
  });

  it('is shown with a caret where it is no JSON', async () => {
    const file = folder.write('storage.json', '{\n  "main": { "a" "b" }\n}');
    const { err } = await pvm('host', runtime, '--call', 'run_all', '--storage', file);
    expect(err).toContain('\n  2 |   "main": { "a" "b" }\n    |                 ^\n');
  });

  it('exits with 66 when it is missing', async () => {
    const { exitCode } = await pvm('host', runtime, '--call', 'run_all', '--storage', folder.file('missing.json'));
    expect(exitCode).toBe(66);
  });

  it('may hold text in place of hexadecimal', async () => {
    const { main, children } = JSON.parse(readFileSync(storage, 'utf8'));
    const asText = (trie: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(trie).map(([key, value]) => [decode(key), value]));
    const renamed = Object.entries(children as Record<string, Record<string, string>>).map(([name, trie]) => [
      decode(name),
      asText(trie),
    ]);
    const file = folder.write(
      'text.json',
      JSON.stringify({ main: asText(main), children: Object.fromEntries(renamed) }),
    );
    const { out } = await pvm('host', runtime, '--call', 'run_all', '--storage', file);
    expect(out).toMatch(/run_all returned 18\n$/);
  });
});

function decode(text: string): string {
  return text.startsWith('0x') ? Buffer.from(text.slice(2), 'hex').toString() : text;
}
