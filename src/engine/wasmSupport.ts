/** The smallest WebAssembly module. */
const EMPTY_MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

let known: { reason: string | undefined } | undefined;

/**
 * Why WebAssembly cannot be compiled here, or undefined when it can. A page's content security policy may forbid it, and
 * an engine without a just-in-time compiler may not have it.
 */
export function reasonNotToUseWasm(): string | undefined {
  known ??= { reason: tryWasm() };
  return known.reason;
}

function tryWasm(): string | undefined {
  if (typeof WebAssembly !== 'object') return 'WebAssembly is not available';
  try {
    new WebAssembly.Module(EMPTY_MODULE);
    return undefined;
  } catch (error) {
    return `WebAssembly cannot be compiled: ${error instanceof Error ? error.message : String(error)}`;
  }
}
