import type { Hex } from '../hex.js';
import { invalidParams, serverError } from './rpcError.js';
import type { AccessList, Signature, Transaction } from './transaction.js';
import { firstLine, loadViem, type Viem } from './viem.js';

type Parsed = ReturnType<Viem['parseTransaction']>;

const TYPES = { legacy: 0, eip2930: 1, eip1559: 2 } as const;
const ZERO_WORD: Hex = `0x${'00'.repeat(32)}`;

/**
 * Reads a signed transaction, of any type but those with blobs or authorizations.
 *
 * @throws ProviderRpcError for bytes that are none, and for a signature that nobody has made
 */
export async function decodeTransaction(raw: Hex): Promise<Transaction> {
  const viem = await loadViem();
  const parsed = parse(viem, raw);
  const type = parsed.type === undefined ? undefined : TYPES[parsed.type as keyof typeof TYPES];
  if (type === undefined) throw serverError(`transaction type not supported: ${parsed.type ?? 'unknown'}`);
  const signature = signatureOf(parsed);
  const { nonce = 0, data = '0x', value = 0n, gas = 0n, chainId, to } = parsed;
  return {
    type,
    signature,
    from: await sender(viem, parsed, signature),
    hash: viem.keccak256(raw),
    to: (to ?? undefined)?.toLowerCase() as Hex | undefined,
    nonce: BigInt(nonce),
    data,
    value,
    gas,
    gasPrice: type === 2 ? undefined : (parsed.gasPrice ?? 0n),
    maxFeePerGas: type === 2 ? (parsed.maxFeePerGas ?? 0n) : undefined,
    maxPriorityFeePerGas: type === 2 ? (parsed.maxPriorityFeePerGas ?? 0n) : undefined,
    chainId: chainId === undefined ? undefined : BigInt(chainId),
    accessList: (parsed.accessList ?? []) as AccessList,
  };
}

function parse({ parseTransaction }: Viem, raw: Hex): Parsed {
  try {
    return parseTransaction(raw);
  } catch (error) {
    throw invalidParams(`transaction: expected a signed transaction, got bytes that are none: ${firstLine(error)}`);
  }
}

function signatureOf({ r, s, v, yParity }: Parsed): Signature {
  if (r === undefined || s === undefined || (v === undefined && yParity === undefined)) {
    throw invalidParams('transaction: expected a signed transaction, got one without a signature');
  }
  const parity = yParity ?? (v! >= 35n ? Number((v! - 35n) % 2n) : Number(v! - 27n));
  return { r: word(r), s: word(s), v: v ?? BigInt(parity), yParity: parity };
}

async function sender(viem: Viem, parsed: Parsed, { r, s, yParity }: Signature): Promise<Hex> {
  // What was signed is the same transaction without the signature.
  const { r: _r, s: _s, v: _v, yParity: _y, ...unsigned } = parsed;
  try {
    const hash = viem.keccak256(viem.serializeTransaction(unsigned));
    const address = await viem.recoverAddress({ hash, signature: { r, s, yParity } });
    return address.toLowerCase() as Hex;
  } catch (error) {
    throw invalidParams(`transaction: invalid sender: ${firstLine(error)}`);
  }
}

function word(value: Hex): Hex {
  return `0x${(ZERO_WORD + value.slice(2)).slice(-64)}`;
}
