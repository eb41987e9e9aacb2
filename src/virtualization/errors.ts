/**
 * Host code hit something that only a mistake of the host can cause, like a missing extension. The same
 * circumstance is a panic in Substrate; called from a Wasm runtime, it becomes a {@link HostTrapError}.
 */
export class HostPanicError extends Error {
  override readonly name = 'HostPanicError';
}

/**
 * Aborts a call into a Wasm runtime: thrown by an import, it unwinds all of the runtime's frames. What the host
 * function did before it stays done.
 */
export class HostTrapError extends Error {
  override readonly name = 'HostTrapError';
}

/** A handle was used again after it had been given away (see {@link Instance} and {@link Execution}). */
export class ConsumedHandleError extends Error {
  override readonly name = 'ConsumedHandleError';
}

/** {@link Extensions.registerChecked} found an extension of the same type. */
export class ExtensionAlreadyRegisteredError extends Error {
  override readonly name = 'ExtensionAlreadyRegisteredError';
}
