export type { BlockObserver } from './blockObserver.js';
export { Interpreter } from './interpreter.js';
export type { HandOverPolicy, RecordOptions } from './records.js';
