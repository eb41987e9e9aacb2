import type { BlockObserver } from '../interpreter/index.js';
import type { Instance } from './instance.js';
import type { Interrupt, Yielded } from './interrupt.js';

/**
 * Follows an instance, for profilers, coverage and the like: which basic blocks it enters, and when it starts and stops.
 * An observed instance runs on the interpreter, and comes to the same interrupts with the same registers, memory and gas
 * as any other. An error thrown in here leaves through `run`, and the instance then is in no state to be used.
 */
export interface InstanceObserver extends BlockObserver {
  /**
   * The instance is about to run.
   *
   * @param isEntry whether the host has set the program counter: it is a call, not the continuation of an earlier run
   */
  begin(instance: Instance, isEntry: boolean): void;
  /** The instance has stopped. */
  end(instance: Instance, interrupt: Interrupt | Yielded): void;
}

/** How to make an instance. */
export interface InstantiateOptions {
  /** Who follows the instance. */
  readonly observer?: InstanceObserver | undefined;
}
