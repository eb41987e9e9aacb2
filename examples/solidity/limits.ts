// What pallet-revive allows a contract. Sizes are in bytes.

/** Calls inside calls, the outermost not counted. */
export const MAX_CALL_DEPTH = 25;
export const MAX_CALL_DATA = 131_072;
export const MAX_RETURN_DATA = 131_072;
export const MAX_STORAGE_KEY = 128;
export const MAX_STORAGE_VALUE = 416;
export const MAX_IMMUTABLES = 4096;
export const MAX_EVENT_TOPICS = 4;
export const MAX_EVENT_DATA = 65_536;
/** What all contracts of one transaction keep in transient storage at a time. The pallet also counts its bookkeeping. */
export const MAX_TRANSIENT_STORAGE = 4096;
