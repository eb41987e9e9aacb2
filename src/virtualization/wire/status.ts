/** Whether a compile call found its module in the cache (a u8 on the wire). */
export enum CompileStatus {
  /** The module was in the cache: nothing was compiled. */
  Cached = 0,
  /** The module was compiled by this call. */
  Compiled = 1,
}

/** Why a run returned (a u32 on the wire). */
export enum ExecStatus {
  /** The program returned from its export. */
  Finished = 0,
  /** The program called an import: the exec buffer says which, and with what. */
  Syscall = 1,
}

/** Identifies a compiled module of one manager: a u32, never reused. */
export type ModuleId = number;

/** Identifies an instance of one manager: a u32, never reused. */
export type InstanceId = number;

/** What the compile calls give. */
export interface CompiledModule {
  /** The id to instantiate. */
  readonly id: ModuleId;
  /** Whether the call had to compile. */
  readonly status: CompileStatus;
}
