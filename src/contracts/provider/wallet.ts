import type { Hex } from '../hex.js';
import { object, shown } from './params.js';
import { invalidParams, ProviderRpcError, RpcErrorCode } from './rpcError.js';
import { firstLine, loadViem, type Viem } from './viem.js';

/** The accounts that a provider offers: which it may use, and which it can sign with. */
export class Wallet {
  readonly #accounts: readonly Hex[];
  readonly #keys: ReadonlyMap<Hex, Hex>;
  readonly #impersonated = new Set<Hex>();

  /** @param keys private keys by address */
  constructor(accounts: readonly Hex[], keys: Readonly<Record<Hex, Hex>>) {
    this.#accounts = accounts;
    this.#keys = new Map(Object.entries(keys).map(([address, key]) => [address.toLowerCase() as Hex, key as Hex]));
  }

  get accounts(): readonly Hex[] {
    return [...this.#accounts, ...this.#impersonated];
  }

  /** Lets transactions come from an address whose key nobody needs to have. */
  impersonate(address: Hex): void {
    if (!this.#accounts.includes(address)) this.#impersonated.add(address);
  }

  stopImpersonating(address: Hex): void {
    this.#impersonated.delete(address);
  }

  /** @throws ProviderRpcError for an address that is not one of the accounts */
  requireAccount(address: Hex): Hex {
    if (!this.#accounts.includes(address) && !this.#impersonated.has(address)) {
      throw new ProviderRpcError(RpcErrorCode.unauthorized, `${address} is not an account of this provider`);
    }
    return address;
  }

  /** Signs bytes as EIP-191 has it. @throws ProviderRpcError if the account's key is not there */
  async signMessage(address: Hex, message: Hex): Promise<Hex> {
    const { viem, privateKey } = await this.#signer(address);
    return viem.signMessage({ privateKey, message: { raw: message } });
  }

  /** Signs typed data as EIP-712 has it. @throws ProviderRpcError if the key is not there, or the data is none */
  async signTypedData(address: Hex, typedData: unknown): Promise<Hex> {
    const { viem, privateKey } = await this.#signer(address);
    const { domain, types, primaryType, message } = object(parsed(typedData), 'typedData');
    if (typeof primaryType !== 'string')
      throw invalidParams(`typedData.primaryType: expected a name, got ${shown(primaryType)}`);
    try {
      return await viem.signTypedData({
        privateKey,
        primaryType,
        domain: object(domain ?? {}, 'typedData.domain'),
        types: object(types, 'typedData.types'),
        message: object(message, 'typedData.message'),
      });
    } catch (error) {
      if (error instanceof ProviderRpcError) throw error;
      throw invalidParams(`typedData: ${firstLine(error)}`);
    }
  }

  async #signer(address: Hex): Promise<{ viem: Viem; privateKey: Hex }> {
    this.requireAccount(address);
    const privateKey = this.#keys.get(address);
    if (privateKey === undefined) {
      throw new ProviderRpcError(RpcErrorCode.unauthorized, `the key of ${address} is not known to this provider`);
    }
    return { viem: await loadViem(), privateKey };
  }
}

/** Clients send typed data as an object, or as the text of one. */
function parsed(typedData: unknown): unknown {
  if (typeof typedData !== 'string') return typedData;
  try {
    return JSON.parse(typedData);
  } catch {
    throw invalidParams(`typedData: expected an object or its JSON, got ${shown(typedData)}`);
  }
}
