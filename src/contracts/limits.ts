// What pallet-revive allows a contract (spec: contract syscalls, section 7).

/** How many frames may be nested in the first one. */
export const MAX_CALL_DEPTH = 25;
/** Bytes of call data. */
export const MAX_CALL_DATA = 131_072;
/** Bytes that a frame may return. */
export const MAX_RETURN_DATA = 131_072;
/** Bytes of a storage key of variable length. */
export const MAX_STORAGE_KEY = 128;
/** Bytes of a value in storage. */
export const MAX_STORAGE_VALUE = 416;
/** Bytes of a contract's immutables. */
export const MAX_IMMUTABLES = 4096;
/** Topics of an event, its signature among them. */
export const MAX_EVENT_TOPICS = 4;
/** Bytes of an event's data. */
export const MAX_EVENT_DATA = 65_536;
/** Bytes that all contracts of a transaction keep in transient storage at a time, keys included. */
export const MAX_TRANSIENT_STORAGE = 4096;
/** Bytes of a program. */
export const MAX_CODE_SIZE = 1_048_576;
/** Instructions of one basic block. */
export const MAX_BASIC_BLOCK = 1000;
/**
 * Bytes of data and stack that a program may declare. The pallet has a budget that depends on the size of the code; this
 * is a round figure beyond what resolc's largest settings need, and keeps 26 nested frames below 128 MiB.
 */
export const MAX_STATIC_MEMORY = 4_194_304;
