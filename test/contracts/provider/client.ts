import { createProvider, type Hex, type Provider, type ProviderOptions, Sandbox, toHex } from 'polkavm-js/contracts';
import { assemble } from 'polkavm-js/text';

/** A provider as a client without types sees it. */
export class Client {
  readonly sandbox: Sandbox;
  readonly provider: Provider;

  constructor(options: ProviderOptions = {}) {
    this.sandbox = new Sandbox();
    this.provider = createProvider(this.sandbox, options);
  }

  /** What a request is answered with. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of all shapes, and fail where they are others
  request(method: string, ...params: readonly unknown[]): Promise<any> {
    return this.provider.request({ method, params });
  }

  /** The code and message that a request is refused with. */
  async refusal(
    method: string,
    ...params: readonly unknown[]
  ): Promise<{ code: number; message: string; data?: unknown }> {
    try {
      await this.request(method, ...params);
    } catch (error) {
      const { code, message, data } = error as { code: number; message: string; data?: unknown };
      return { code, message, data };
    }
    throw new Error(`${method} was not refused`);
  }

  /** Deploys a program from the first account, and gives its address. */
  async deploy(blob: Hex): Promise<Hex> {
    const hash = await this.request('eth_sendTransaction', { from: this.sandbox.accounts[0], data: blob });
    return (await this.request('eth_getTransactionReceipt', hash)).contractAddress;
  }

  /** Everything that a request can change. */
  async state(): Promise<unknown> {
    const [number, block] = [
      await this.request('eth_blockNumber'),
      await this.request('eth_getBlockByNumber', 'latest'),
    ];
    return { sandbox: this.sandbox.toJSON(), number, block };
  }
}

/**
 * A contract in assembly that looks at the first byte of its call data: 0 returns what follows, 1 reverts with it, 2 emits
 * it as an event with one topic, 3 traps, 4 runs for ever, 5 stores the 64 bytes that follow as key and value.
 */
export const PROBE: Hex = toHex(
  assemble(`
    %isa = revive_v1
    %stack_size = 4096
    %rw_data_size = 4096

    pub @deploy:
    a0 = 0
    a1 = 0x20000
    a2 = 0
    ecalli 'seal_return'

    pub @call:
    ecalli 'call_data_size'
    s0 = a0
    a0 = 0x20000
    a1 = 256
    a2 = 0
    ecalli 'call_data_copy'
    s1 = u8 [0x20000]
    s0 = s0 + -1
    jump @finish if s1 <u 2
    jump @emit if s1 == 2
    jump @spin if s1 == 4
    jump @store if s1 == 5
    trap
  @finish:
    a0 = s1
    a1 = 0x20001
    a2 = s0
    ecalli 'seal_return'
  @emit:
    a0 = 0x20100
    a1 = 1
    a2 = 0x20001
    a3 = s0
    ecalli 'deposit_event'
    ret
  @spin:
    jump @spin
  @store:
    a0 = 0
    a1 = 0x20001
    a2 = 0xffffffff
    a3 = 0x20021
    a4 = 32
    ecalli 'set_storage'
    ret
  `),
);
