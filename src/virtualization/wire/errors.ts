/**
 * The error enums of the interface. A discriminant is the value on the wire, sign-extended to i64.
 * The lists give each enum's variants in the order of their discriminants: the length of a list is the COUNT
 * that bounds the codes an encoder accepts, and entry `n` is the variant with discriminant `-(n + 1)`.
 */

/** Why a program could not be compiled or found. */
export enum ModuleError {
  /** The code is not a valid program. */
  InvalidImage = -1,
  /** Nothing was compiled under that identifier. */
  NotCached = -2,
  /** There is no code at that storage key. */
  NotFound = -3,
}

/** Why a module could not be instantiated. */
export enum InstantiateError {
  /** The program cannot be instantiated, for instance because its memory cannot be had. */
  InvalidImage = -1,
  /** There is no module with that id. */
  InvalidModule = -2,
  /** As many instances are live as the manager allows. Only reported by a manager that was asked for a cap. */
  TooManyInstances = -3,
}

/** Why an execution could not start, or how it ended. */
export enum ExecError {
  /** The instance is unknown, destroyed, or in the wrong state for the call. */
  InvalidInstance = -1,
  /** The program has no such export, or called an import that it does not declare. */
  InvalidImage = -2,
  /** The gas given did not suffice. */
  OutOfGas = -3,
  /** The program trapped. */
  Trap = -4,
}

/** Why guest memory could not be read or written. */
export enum MemoryError {
  /** The instance is unknown, destroyed, or not being executed. */
  InvalidInstance = -1,
  /** The range does not lie inside one accessible region. */
  OutOfBounds = -2,
}

/** Why an instance could not be destroyed. */
export enum DestroyError {
  /** The instance is unknown or already destroyed. */
  InvalidInstance = -1,
}

/** Variants of {@link ModuleError}: COUNT is 3. */
export const MODULE_ERRORS: readonly ModuleError[] = [
  ModuleError.InvalidImage,
  ModuleError.NotCached,
  ModuleError.NotFound,
];

/** Variants of {@link InstantiateError} that every version of the interface knows: COUNT is 2. */
export const INSTANTIATE_ERRORS: readonly InstantiateError[] = [
  InstantiateError.InvalidImage,
  InstantiateError.InvalidModule,
];

/** Variants of {@link InstantiateError} where instances are capped: COUNT is 3. */
export const CAPPED_INSTANTIATE_ERRORS: readonly InstantiateError[] = [
  ...INSTANTIATE_ERRORS,
  InstantiateError.TooManyInstances,
];

/** Variants of {@link ExecError}: COUNT is 4. */
export const EXEC_ERRORS: readonly ExecError[] = [
  ExecError.InvalidInstance,
  ExecError.InvalidImage,
  ExecError.OutOfGas,
  ExecError.Trap,
];

/** Variants of {@link MemoryError}: COUNT is 2. */
export const MEMORY_ERRORS: readonly MemoryError[] = [MemoryError.InvalidInstance, MemoryError.OutOfBounds];

/** Variants of {@link DestroyError}: COUNT is 1. */
export const DESTROY_ERRORS: readonly DestroyError[] = [DestroyError.InvalidInstance];
