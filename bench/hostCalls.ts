import asc from 'assemblyscript/asc';
import { type Backend, Engine } from 'polkavm-js';
import { assemble } from 'polkavm-js/text';
import {
  createHostFunctions,
  createWasmImports,
  EXEC_BUFFER_SIZE,
  ExecStatus,
  type Externalities,
  type HostFunctions,
  InMemoryExternalities,
  type InstanceId,
  type Result,
  silentLogger,
  VirtManager,
  VirtManagerExt,
} from 'polkavm-js/virtualization';
import { collectGarbage, microseconds } from './measure.js';
import { round, type Table } from './report.js';

/** Makes one call of import 0 after the other. */
const CALLER = assemble(
  '%isa = latest64\n%import = next\n%stack_size = 4096\npub @run:\n@again:\necalli 0\njump @again',
);
const GAS = 2n ** 62n;
/** Host calls that the runtime makes each time it is entered, so that entering it counts little. */
const CALLS_PER_ENTRY = 1000;

/** A runtime that resumes a program as often as it is told. */
const RUNTIME = `
@external("env", "ext_virtualization_run_version_1")
declare function run(instance_id: u32, gas_left: i64, a0: u64, exec_buffer: usize): i64;
@external("env", "ext_virtualization_read_memory_version_1")
declare function read_memory(instance_id: u32, offset: u32, dest: u64): i64;

const buffer = memory.data(96);

export function resume(instance: u32, gas: i64, times: i32): i64 {
  for (let i = 0; i < times; i++) {
    if (run(instance, gas, i, buffer) != 1) unreachable();
    gas = load<i64>(buffer);
  }
  return gas;
}

export function read(instance: u32, offset: u32, length: u32, times: i32): void {
  const dest = (u64(length) << 32) | buffer;
  for (let i = 0; i < times; i++) if (read_memory(instance, offset, dest) != 0) unreachable();
}
`;

/** What a host call costs from end to end, next to what the engine alone needs for the same work. */
export async function hostCallSuite(): Promise<Table> {
  const runtime = await compileRuntime();
  collectGarbage();
  const rowsOf = (backend: Backend): (string | number)[][] => {
    const engine = engineRoundTrip(backend);
    const row = (what: string, [resume, read]: RoundTrip): (string | number)[] => [
      what,
      backend,
      round(resume),
      round(resume - engine[0]),
      round(read),
    ];
    return [
      row('the engine', engine),
      row('typed host functions', typedRoundTrip(backend)),
      row('Wasm imports', wasmRoundTrip(runtime, backend)),
    ];
  };
  return {
    title: 'Host calls',
    note:
      'Microseconds. Resume: sets a0 and gas, runs the program to its next import and hands over its registers, at ' +
      '2 instructions a call. Read: copies 32 bytes of guest memory.',
    columns: ['through', 'backend', 'resume', 'more than the engine', 'read'],
    rows: [...rowsOf('interpreter'), ...rowsOf('compiler')],
  };
}

/** Microseconds of a resume and of a read. */
type RoundTrip = readonly [resume: number, read: number];

const STACK_TOP = 0xfffe0000;
const READ_LENGTH = 32;

function engineRoundTrip(backend: Backend): RoundTrip {
  const instance = new Engine({ backend }).compile(CALLER).instantiate();
  instance.prepareCall('run');
  const target = new Uint8Array(EXEC_BUFFER_SIZE);
  const resume = microseconds(() => {
    instance.gas = GAS;
    instance.setRegister('a0', 1n);
    if (instance.run().kind !== 'ecalli') throw new Error('expected an ecalli');
    instance.readRegisters(target, 0, 7, 6);
  });
  const bytes = new Uint8Array(READ_LENGTH);
  return [resume, microseconds(() => instance.readMemoryInto(STACK_TOP - READ_LENGTH, bytes))];
}

function typedRoundTrip(backend: Backend): RoundTrip {
  const host = createHostFunctions(externalities(backend), { logger: silentLogger });
  const id = start(host);
  const buffer = new Uint8Array(EXEC_BUFFER_SIZE);
  const resume = microseconds(() => {
    const result = host.run(id, GAS, 1n, buffer);
    if (!result.ok || result.value !== ExecStatus.Syscall) throw new Error('expected a syscall');
  });
  const bytes = new Uint8Array(READ_LENGTH);
  return [
    resume,
    microseconds(() => {
      if (!host.readMemory(id, STACK_TOP - READ_LENGTH, bytes).ok) throw new Error('expected a success');
    }),
  ];
}

async function compileRuntime(): Promise<WebAssembly.Module> {
  const { binary, stderr } = await asc.compileString(RUNTIME, { optimizeLevel: 3, runtime: 'stub', use: 'abort=' });
  if (binary === null) throw new Error(`the runtime does not compile: ${stderr}`);
  return new WebAssembly.Module(binary as BufferSource);
}

function wasmRoundTrip(module: WebAssembly.Module, backend: Backend): RoundTrip {
  const ext = externalities(backend);
  const id = start(createHostFunctions(ext, { logger: silentLogger }));
  const env = createWasmImports(ext, () => memory, { logger: silentLogger });
  const runtime = new WebAssembly.Instance(module, { env }).exports;
  const memory = runtime.memory as WebAssembly.Memory;
  const resume = runtime.resume as (instance: number, gas: bigint, times: number) => bigint;
  const read = runtime.read as (instance: number, offset: number, length: number, times: number) => void;
  return [
    microseconds(() => resume(id, GAS, CALLS_PER_ENTRY)) / CALLS_PER_ENTRY,
    microseconds(() => read(id, STACK_TOP - READ_LENGTH, READ_LENGTH, CALLS_PER_ENTRY)) / CALLS_PER_ENTRY,
  ];
}

function externalities(backend: Backend): Externalities {
  const ext = new InMemoryExternalities();
  ext.extensions.register(new VirtManagerExt(new VirtManager({ engine: new Engine({ backend }) })));
  return ext;
}

/** A ready instance of the caller, suspended in its first call. */
function start(host: HostFunctions): InstanceId {
  const module = unwrap(host.compileFromBytes(CALLER));
  const id = unwrap(host.instantiate(module.id));
  unwrap(host.prepare(id, new TextEncoder().encode('run')));
  unwrap(host.run(id, GAS, 0n, new Uint8Array(EXEC_BUFFER_SIZE)));
  return id;
}

function unwrap<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(`a host function failed with ${result.error}`);
  return result.value;
}
