export type { BlockObserver } from '../interpreter/index.js';
export type { CompiledCode } from './compiledCode.js';
export { Engine } from './engine.js';
export { Instance, type RunAsyncOptions } from './instance.js';
export type { Interrupt, Yielded } from './interrupt.js';
export { Module, type ModuleExport, type ModuleImport } from './module.js';
export type { InstanceObserver, InstantiateOptions } from './observer.js';
export type { Backend, EngineOptions, ModuleOptions } from './options.js';
export type { RunLimits } from './runner.js';
