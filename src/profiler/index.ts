/**
 * The profiler: where the gas and the instructions of a program went, by function, source line and syscall.
 *
 * @module polkavm-js/profiler
 */
export { type FlameGraphOptions, flameGraph } from './flameGraph.js';
export { lcov } from './lcov.js';
export type {
  BlockProfile,
  CallNode,
  Cost,
  FunctionProfile,
  LineProfile,
  Profile,
  SyscallProfile,
} from './profile.js';
export { Profiler } from './profiler.js';
export { type Speedscope, speedscope } from './speedscope.js';
