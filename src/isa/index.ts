export {
  type ControlFlow,
  type GasClass,
  INSTRUCTIONS,
  type Instruction,
  ISA_NAMES,
  type IsaName,
  instructionByName,
  type MemoryAccess,
  type OperandFormat,
  type OperandRole,
} from './instructions.js';
export { ISAS, type Isa, isaOfBlobVersion } from './isa.js';
export { Op } from './op.js';
export {
  A0,
  A1,
  A2,
  ARGUMENT_REGISTERS,
  RA,
  REGISTER_COUNT,
  REGISTER_NAMES,
  type RegisterName,
  registerIndex,
  S0,
  S1,
  SP,
} from './registers.js';
