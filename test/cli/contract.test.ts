import { mkdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { abi, bytecode } from '../../examples/counter.js';
import { fromHex } from '../../src/contracts/index.js';
import { PROBE } from '../contracts/provider/client.js';
import { Folder, pvm } from './pvm.js';

const folder = new Folder();
const program = folder.write('counter.polkavm', fromHex(bytecode));
const abiFile = folder.write('counter.json', JSON.stringify({ abi }));
const probe = folder.write('probe.polkavm', fromHex(PROBE));
const known = ['contract', 'run', program, '--abi', abiFile, '--constructor-arg', '41'];

afterAll(() => folder.remove());

describe('pvm contract run', () => {
  it('deploys and calls a program', async () => {
    const { exitCode, out } = await pvm(...known, '--call', 'increment');
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /^deploy counter\.polkavm\nstatus {3}success\naddress {2}0x5fbdb2315678afecb367f032d93f642f64180aa3\ngas {6}\d+\n\n/,
    );
    expect(out).toMatch(
      /\ncall increment\(\)\nstatus {3}success\ngas {6}\d+\nevent {4}Counted\(by: 0xf39F\w+, number: 42\)\n$/,
    );
    expect((await pvm(...known, '--call', 'number()')).out).toContain('\nresult   41\n');
    expect((await pvm(...known)).out).not.toContain('call');
  });

  it('prints the tree of frames', async () => {
    const { out } = await pvm(...known, '--call', 'increment', '--trace');
    expect(out).toContain('call 0x5fbdb2315678afecb367f032d93f642f64180aa3: counter.polkavm.increment()');
    expect(out).toContain('Counted(');
    expect((await pvm(...known, '--call', 'increment', '--syscalls')).out).toContain('deposit_event(topics: [');
  });

  it('prints JSON', async () => {
    const { out } = await pvm(...known, '--call', 'number', '--json');
    expect(JSON.parse(out)).toMatchObject({
      transactions: [
        { status: 'success', address: '0x5fbdb2315678afecb367f032d93f642f64180aa3', error: null, logs: [] },
        { title: 'call number()', status: 'success', result: '41', gasUsed: expect.stringMatching(/^\d+$/) },
      ],
    });
    const traced = JSON.parse((await pvm(...known, '--call', 'number', '--json', '--trace')).out);
    expect(traced.transactions[1].trace).toMatchObject({ kind: 'call', status: 'success' });
  });

  it('says how a call failed, also by its exit code', async () => {
    const run = (data: string, ...args: string[]) => pvm('contract', 'run', probe, '--data', data, ...args);
    expect(await run('0x0011')).toMatchObject({ exitCode: 0, out: expect.stringContaining('\ndata     0x11\n') });
    expect(await run('0x0111')).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/status {3}revert\nerror {4}reverted\ndata {5}0x11\n/),
    });
    expect(await run('0x03')).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/ContractTrapped: .*code offset \d+\)\n/),
    });
    expect(await run('0x04', '--gas', '1000000')).toMatchObject({
      exitCode: 2,
      out: expect.stringContaining('OutOfGas'),
    });
    expect((await run('0x00', '--value', '1')).exitCode).toBe(0);
    const poor = await run('0x00', '--from', `0x${'01'.repeat(20)}`, '--value', '1');
    expect(poor).toMatchObject({ exitCode: 1, out: expect.stringContaining('TransferFailed') });
  });

  it('takes the function from its signature where there is no ABI', async () => {
    const run = (...args: string[]) => pvm('contract', 'run', probe, '--json', '--call', ...args);
    // The first byte of a selector says what the probe does: 0x00... returns the rest.
    const { out } = await run('f12(uint256,bool)', '0x10', 'true');
    expect(JSON.parse(out).transactions[1].title).toBe('call f12(0x10, true)');
  });

  it('compiles Solidity with the resolc that is installed where it runs', async () => {
    const home = new Folder();
    const before = process.cwd();
    try {
      mkdirSync(home.file('node_modules/@parity/resolc'), { recursive: true });
      const counter = JSON.stringify({ abi, evm: { bytecode: { object: bytecode.slice(2) } } });
      home.write('node_modules/@parity/resolc/package.json', '{ "name": "@parity/resolc", "main": "index.js" }');
      home.write(
        'node_modules/@parity/resolc/index.js',
        `exports.compile = async (sources) => {
          const [[file, { content }]] = Object.entries(sources);
          if (!content.includes('contract')) return { errors: [{ severity: 'error', formattedMessage: 'no contract' }] };
          return { errors: [{ severity: 'warning', formattedMessage: '' }], contracts: { [file]: { Counter: ${counter}, Empty: { abi: [] } } } };
        };`,
      );
      home.write('Counter.sol', 'contract Counter {}');
      home.write('Broken.sol', '');
      process.chdir(home.path);
      const run = (...args: string[]) => pvm('contract', 'run', ...args);
      const { out } = await run('Counter.sol:Counter', '--constructor-arg', '1', '--call', 'number');
      expect(out).toContain('\nresult   1\n');
      expect(await run('Counter.sol:Other')).toMatchObject({
        exitCode: 64,
        err: expect.stringContaining('it has Counter'),
      });
      expect(await run('Counter.sol')).toMatchObject({
        exitCode: 64,
        err: expect.stringContaining('FILE.sol:CONTRACT'),
      });
      expect(await run('Broken.sol:A')).toMatchObject({ exitCode: 65, err: expect.stringContaining('no contract') });
      expect(await run('Missing.sol:A')).toMatchObject({ exitCode: 66 });
    } finally {
      process.chdir(before);
      home.remove();
    }
  });

  it('says what is wrong with its arguments', async () => {
    const text = folder.write('text.json', '[{"type":"function"}, 5]');
    for (const [args, exitCode, message] of [
      [['contract'], 64, 'the ACTION is missing'],
      [['contract', 'jump'], 64, 'expected one of run'],
      [['contract', 'run'], 64, 'the FILE is missing'],
      [['contract', 'run', 'nothing.polkavm'], 66, 'no such file'],
      [['contract', 'run', abiFile], 65, 'CodeRejected'],
      [['contract', 'run', program, '5'], 64, 'got arguments without --call: 5'],
      [['contract', 'run', program, '--call', 'number'], 64, 'without --abi it needs its types'],
      [['contract', 'run', program, '--call', 'number('], 64, 'expected a function such as'],
      [['contract', 'run', program, '--constructor-arg', '1'], 64, 'a program needs --abi for that'],
      [['contract', 'run', program, '--data', '0x1'], 64, '--data: got "0x1"'],
      [['contract', 'run', program, '--data', '0x', '--call', 'f()'], 64, 'got it with --call'],
      [['contract', 'run', program, '--from', '0x12'], 64, '--from: got "0x12", expected 0x and 40 hex digits'],
      [['contract', 'run', program, '--abi', text], 65, 'expected an ABI'],
      [[...known, '--call', 'other'], 64, 'it has increment(), number()'],
      [[...known, '--call', 'number', '5'], 64, 'expected 0 arguments (), got 1'],
      [[...known, '--constructor-arg', '5'], 64, 'expected 1 arguments (uint256), got 2'],
      [[...known.slice(0, -1), 'much'], 64, 'expected a number for uint256, got "much"'],
      [[...known.slice(0, -1), `0x1${'0'.repeat(64)}`], 64, '--constructor-arg: '],
      [
        ['contract', 'run', probe, '--call', 'f(uint8[2],(bool a))', '[1,2]', '{"a":1}'],
        64,
        'argument 2.a: expected true or false',
      ],
      [['contract', 'run', probe, '--call', 'f(uint8[])', '5'], 64, 'expected a list for uint8[]'],
      [['contract', 'run', probe, '--call', 'f(address)', '0x12'], 64, '--call f(address)'],
    ] as const) {
      const outcome = await pvm(...args);
      expect({ args, exitCode: outcome.exitCode, err: outcome.err }).toEqual({
        args,
        exitCode,
        err: expect.stringContaining(message),
      });
    }
  });
});
