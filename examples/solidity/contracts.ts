/** The Solidity sources of the example. */
export const CONTRACT_FILES: readonly URL[] = ['Token', 'Flipper', 'Treasury'].map(
  (name) => new URL(`./contracts/${name}.sol`, import.meta.url),
);
