export { Engine } from './engine.js';
export { Instance } from './instance.js';
export type { Interrupt } from './interrupt.js';
export { Module, type ModuleExport, type ModuleImport } from './module.js';
export type { Backend, EngineOptions, ModuleOptions } from './options.js';
