import { ExtensionAlreadyRegisteredError } from './errors.js';

/** The class of an extension. */
export type ExtensionType<T extends object> = abstract new (...args: never[]) => T;

/**
 * What a host attaches to its externalities for host functions to find: at most one object of each class.
 * The class itself is the key; a subclass is another key.
 */
export class Extensions {
  readonly #byType = new Map<unknown, object>();

  /** How many extensions are registered. */
  get size(): number {
    return this.#byType.size;
  }

  /**
   * Register an extension under its class, in place of the one that was there.
   * @throws TypeError if it is not an instance of a class of its own.
   */
  register(extension: object): void {
    this.#byType.set(typeOf(extension), extension);
  }

  /**
   * Register an extension under its class.
   * @throws ExtensionAlreadyRegisteredError if there is one already, which stays.
   * @throws TypeError if it is not an instance of a class of its own.
   */
  registerChecked(extension: object): void {
    const type = typeOf(extension);
    if (this.#byType.has(type)) {
      throw new ExtensionAlreadyRegisteredError(
        `an extension of type ${type.name} is already registered: got another, expected one of each type`,
      );
    }
    this.#byType.set(type, extension);
  }

  /** The extension of a class, or undefined. */
  get<T extends object>(type: ExtensionType<T>): T | undefined {
    // It was registered under its own class.
    return this.#byType.get(type) as T | undefined;
  }

  /** Remove the extension of a class. False if there is none. */
  deregister(type: ExtensionType<object>): boolean {
    return this.#byType.delete(type);
  }

  /** Take over all extensions of `other`; where both have one of the same class, the other's replaces this one's. */
  merge(other: Extensions): void {
    for (const [type, extension] of other.#byType) this.#byType.set(type, extension);
  }
}

function typeOf(extension: object): { readonly name: string } {
  const type: unknown = extension.constructor;
  // All plain objects share one constructor, so it says nothing about what they are.
  if (typeof type !== 'function' || type === Object) {
    throw new TypeError('extension: got a plain object, expected an instance of a class, by which it is found');
  }
  return type;
}
