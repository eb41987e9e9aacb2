export { MemoryAccessError, type MemoryAccessKind } from './errors.js';
export { ACCESS_SEGFAULT, ACCESS_TRAP, GuestMemory } from './guestMemory.js';
export {
  BOUNCE_OFFSET,
  GAS_OFFSET,
  GAS_REST_OFFSET,
  HEADER_SIZE,
  type LinearLayout,
  layOutLinearMemory,
  OVERFLOW_RESULT_OFFSET,
  READ_WRITE_LENGTH_OFFSET,
  REGISTERS_OFFSET,
  RESUME_OFFSET,
  ZERO_REGISTER,
} from './layout.js';
export { LinearMemory, type MemoryKind } from './linearMemory.js';
export { Exit, MachineState, RETURN_TO_HOST, requireRegister } from './machineState.js';
export {
  alignUp,
  DEFAULT_PAGE_SIZE,
  layOutMemory,
  type MemoryMap,
  MemoryMapError,
  type MemorySizes,
} from './memoryMap.js';
export { MemoryPool } from './memoryPool.js';
export { PagedMemory } from './pagedMemory.js';
export { type InitialData, RegionMemory } from './regionMemory.js';
