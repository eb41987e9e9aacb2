// What pallet-revive allows a contract.

/** How many calls may wait inside calls, the outermost not counted. */
export const MAX_CALL_DEPTH = 25;
/** Bytes of call data. */
export const MAX_CALL_DATA = 131_072;
/** Bytes that a call may return. */
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
/** Bytes that all contracts of a transaction keep in transient storage at a time. The pallet counts its bookkeeping too. */
export const MAX_TRANSIENT_STORAGE = 4096;
