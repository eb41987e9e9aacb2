/**
 * Where a contract may behave differently on PolkaVM, compiled by resolc, than on an EVM: every such place in the stories
 * names one of these reasons, and each of these must be seen.
 */
export const DIFFERENCES = {
  codeHash: 'the code of a contract is its program: another size, and another hash',
  create2: 'CREATE2 takes the hash of the program where the EVM takes that of creation code',
  prevrandao: 'block.prevrandao is a constant of the compiler',
  failedCreation: 'a creation that fails does not use up a nonce, so that the next contract has another address',
  depth: 'frames are nested at most 25 deep inside the first one; the EVM has 1024, and ends earlier as gas runs out',
  heap: 'a program has 64 KiB for memory that it allocates, and traps beyond',
  precompiles: 'P-256 verification is there, which the EVM of this age does not have',
} as const;
