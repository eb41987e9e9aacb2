/**
 * The conformance suite that every implementation of the interface passes, as one table. It is written over
 * {@link Subject}; the Wasm runtime has an entry of its own for each case, of the same name.
 */

import { expect } from 'vitest';
import { fixtureProgram } from '../../fixtures/index.js';
import {
  CompileStatus,
  ExecError,
  InstantiateError,
  ModuleError,
  type Result,
} from '../../src/virtualization/index.js';
import { gasOf, gasUntil, incrementsWithin } from '../support/fixtureGas.js';
import type { Drive, Subject, SubjectInstance } from './subject.js';

type Values = Readonly<Record<string, Uint8Array>>;

/** What a case needs of its host. */
export interface CaseHost {
  /** The values in the main trie, by key. */
  readonly mainTrie?: Values;
  /** The values in the default child tries, by name and key. */
  readonly childTries?: Readonly<Record<string, Values>>;
  /** The manager's cap on live instances; without one there is none. */
  readonly maxLiveInstances?: number;
  /** How many managers over the same storage the case is run under, one after the other. Default: 1. */
  readonly managers?: number;
}

/** A case that runs the fixture program, and how its last run ends: the same to the unit whoever drives it. */
export interface DriveCase extends CaseHost {
  /** Also the name of the Wasm runtime's entry. */
  readonly name: string;
  readonly ends: Drive;
  run(subject: Subject): Drive;
}

/** A case about modules. */
export interface ModuleCase extends CaseHost {
  /** Also the name of the Wasm runtime's entry. */
  readonly name: string;
  readonly ends?: undefined;
  run(subject: Subject): void;
}

const I64_MAX = 2n ** 63n - 1n;
/** Plenty for everything but `increment_forever`. */
const GAS = 1_000_000_000n;
const MAIN_TRIE = '';

const program = fixtureProgram();
const garbage = new TextEncoder().encode('this is no program');

/** A run of an export to its end: what it costs follows from the program. */
function finished(exportName: string, counter: bigint, gas = GAS): Drive {
  return { outcome: 'finished', counter, gas: gas - gasOf(exportName) };
}

/** The value of a result, or a failure that names its error. */
function ok<T>(result: Result<T, number>): T {
  if (!result.ok) throw new Error(`expected success, got error ${result.error}`);
  return result.value;
}

function freshInstance(subject: Subject): SubjectInstance {
  return ok(ok(subject.fromBytes(program)).instantiate());
}

export const CASES: readonly (DriveCase | ModuleCase)[] = [
  {
    name: 'counter_start_at_0',
    run: (subject) => freshInstance(subject).drive('counter', 0n, GAS),
    ends: finished('counter', 8n),
  },
  {
    name: 'counter_start_at_7',
    run: (subject) => freshInstance(subject).drive('counter', 7n, GAS),
    ends: finished('counter', 15n),
  },
  {
    name: 'counter_multiple_calls',
    run(subject) {
      const instance = freshInstance(subject);
      expect(instance.drive('counter', 7n, GAS)).toEqual(finished('counter', 15n));
      return instance.drive('counter', 15n, GAS);
    },
    ends: finished('counter', 23n),
  },
  {
    name: 'panic_works',
    run: (subject) => freshInstance(subject).drive('do_panic', 0n, GAS),
    ends: { outcome: ExecError.Trap, counter: 0n, gas: GAS },
  },
  {
    name: 'exit_works',
    run(subject) {
      const instance = freshInstance(subject);
      const drive = instance.drive('do_exit', 0n, GAS);
      instance.destroy();
      return drive;
    },
    ends: { outcome: 'stopped', counter: 0n, gas: GAS - gasUntil('do_exit', 'exit') },
  },
  {
    name: 'run_out_of_gas',
    run: (subject) => freshInstance(subject).drive('increment_forever', 0n, 100_000n),
    ends: { outcome: ExecError.OutOfGas, counter: incrementsWithin('increment_forever', 100_000n), gas: 0n },
  },
  {
    name: 'gas_consumption',
    run(subject) {
      expect(freshInstance(subject).drive('counter', 0n, I64_MAX)).toEqual(finished('counter', 8n, I64_MAX));
      return freshInstance(subject).drive('counter', 0n, I64_MAX / 2n);
    },
    ends: finished('counter', 8n, I64_MAX / 2n),
  },
  {
    name: 'memory_reset_on_instantiate',
    run(subject) {
      expect(freshInstance(subject).drive('offset', 0n, GAS)).toEqual(finished('offset', 3n));
      return freshInstance(subject).drive('offset', 3n, GAS);
    },
    ends: finished('offset', 6n),
  },
  {
    name: 'memory_persistent',
    run(subject) {
      const instance = freshInstance(subject);
      expect(instance.drive('offset', 0n, GAS)).toEqual(finished('offset', 3n));
      return instance.drive('offset', 3n, GAS);
    },
    ends: finished('offset', 7n),
  },
  {
    name: 'counter_in_subcall',
    run: (subject) => freshInstance(subject).drive('do_subcall', 0n, GAS),
    ends: finished('do_subcall', 0n),
  },
  {
    name: 'from_storage_key_not_found',
    run(subject) {
      expect(subject.fromStorageKey('::missing::', MAIN_TRIE)).toEqual({ ok: false, error: ModuleError.NotFound });
    },
  },
  {
    name: 'cache_hit',
    mainTrie: { cache_hit: program },
    run(subject) {
      expect(ok(subject.fromBytes(program, 'cache_hit')).status).toBe(CompileStatus.Compiled);
      expect(ok(subject.fromStorageKey('cache_hit', MAIN_TRIE)).status).toBe(CompileStatus.Cached);
      expect(subject.lookup('cache_hit').ok).toBe(true);
    },
  },
  {
    name: 'lookup_is_pure',
    mainTrie: { lookup_is_pure: program },
    run(subject) {
      expect(subject.lookup('lookup_is_pure')).toEqual({ ok: false, error: ModuleError.NotCached });
    },
  },
  {
    name: 'from_bytes_twice',
    run(subject) {
      expect(ok(subject.fromBytes(program, 'from_bytes_twice')).status).toBe(CompileStatus.Compiled);
      expect(ok(subject.fromBytes(program, 'from_bytes_twice')).status).toBe(CompileStatus.Cached);
    },
  },
  {
    name: 'from_bytes_without_identifier',
    run(subject) {
      expect(ok(subject.fromBytes(program)).status).toBe(CompileStatus.Compiled);
      expect(ok(subject.fromBytes(program)).status).toBe(CompileStatus.Compiled);
      expect(subject.lookup('')).toEqual({ ok: false, error: ModuleError.NotCached });
    },
  },
  {
    name: 'from_storage_key_main_trie',
    mainTrie: { from_storage_key_main_trie: program },
    run(subject) {
      const key = 'from_storage_key_main_trie';
      expect(ok(subject.fromStorageKey(key, MAIN_TRIE)).status).toBe(CompileStatus.Compiled);
      expect(ok(subject.fromStorageKey(key, MAIN_TRIE)).status).toBe(CompileStatus.Cached);
    },
  },
  {
    name: 'from_storage_key_child_trie',
    childTries: { contracts: { from_storage_key_child_trie: program } },
    run(subject) {
      const key = 'from_storage_key_child_trie';
      expect(subject.fromStorageKey(key, MAIN_TRIE)).toEqual({ ok: false, error: ModuleError.NotFound });
      expect(ok(subject.fromStorageKey(key, 'contracts')).status).toBe(CompileStatus.Compiled);
      expect(ok(subject.fromStorageKey(key, 'contracts')).status).toBe(CompileStatus.Cached);
    },
  },
  {
    name: 'from_storage_key_garbage',
    mainTrie: { from_storage_key_garbage: garbage },
    run(subject) {
      const result = subject.fromStorageKey('from_storage_key_garbage', MAIN_TRIE);
      expect(result).toEqual({ ok: false, error: ModuleError.InvalidImage });
    },
  },
  {
    name: 'two_managers',
    managers: 2,
    run(subject) {
      expect(subject.lookup('two_managers')).toEqual({ ok: false, error: ModuleError.NotCached });
      expect(ok(subject.fromBytes(program, 'two_managers')).status).toBe(CompileStatus.Compiled);
    },
  },
  {
    name: 'instance_cap',
    maxLiveInstances: 30,
    run(subject) {
      const module = ok(subject.fromBytes(program));
      const live = Array.from({ length: 30 }, () => ok(module.instantiate()));
      expect(module.instantiate()).toEqual({ ok: false, error: InstantiateError.TooManyInstances });
      live[0]!.destroy();
      expect(module.instantiate().ok).toBe(true);
    },
  },
];
