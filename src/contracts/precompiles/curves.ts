/**
 * Elliptic curves, from the optional peer dependency `@noble/curves`. It is imported when it is asked for, so that who does not need
 * the precompiles on curves needs not install it.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { fromBigEndian, toBigEndian } from '../hex.js';

/** What precompiles and syscalls need of elliptic curves. Every function answers undefined for input that is not valid. */
export interface Curves {
  /** The address whose secp256k1 key signed a hash. @param recovery 0 or 1, @param signature r and s, 32 bytes each */
  recoverAddress(hash: Uint8Array, recovery: number, signature: Uint8Array): Uint8Array | undefined;
  /** The address of a compressed secp256k1 key of 33 bytes. */
  publicKeyToAddress(key: Uint8Array): Uint8Array | undefined;
  /** The sum of two points of alt_bn128 (EIP-196), 64 bytes each. */
  bn128Add(a: Uint8Array, b: Uint8Array): Uint8Array | undefined;
  /** A point of alt_bn128 times a scalar of 32 bytes (EIP-196). */
  bn128Multiply(point: Uint8Array, scalar: Uint8Array): Uint8Array | undefined;
  /** Whether the product of the pairings of points of 64 + 128 bytes is one (EIP-197). */
  bn128Pairing(pairs: Uint8Array): boolean | undefined;
  /** Whether a P-256 signature holds. @param signature r and s, @param key x and y, 32 bytes each */
  verifyP256(hash: Uint8Array, signature: Uint8Array, key: Uint8Array): boolean | undefined;
}

async function importCurves() {
  try {
    // Awaited one by one: bundlers forgive a missing package only if its import is awaited inside of a `try`.
    const { secp256k1 } = await import('@noble/curves/secp256k1.js');
    const { p256 } = await import('@noble/curves/nist.js');
    const { bn254 } = await import('@noble/curves/bn254.js');
    return { secp256k1, p256, bn254 };
  } catch (cause) {
    throw new Error('loadCurves needs the package @noble/curves: npm install @noble/curves', { cause });
  }
}

/**
 * Loads the elliptic curves for the option `curves` of the sandbox.
 *
 * @throws Error if `@noble/curves` is not installed
 */
export async function loadCurves(): Promise<Curves> {
  const { secp256k1, p256, bn254 } = await importCurves();
  const { Fp, Fp2, Fp12 } = bn254.fields;
  const G1 = bn254.G1.Point;
  const G2 = bn254.G2.Point;

  const field = (bytes: Uint8Array, offset: number): bigint => {
    const value = fromBigEndian(bytes.subarray(offset, offset + 32));
    if (value >= Fp.ORDER) throw new RangeError('a coordinate that is no element of the field');
    return value;
  };
  const readG1 = (bytes: Uint8Array): InstanceType<typeof G1> => {
    const [x, y] = [field(bytes, 0), field(bytes, 32)];
    if (x === 0n && y === 0n) return G1.ZERO;
    const point = G1.fromAffine({ x, y });
    point.assertValidity();
    return point;
  };
  const readG2 = (bytes: Uint8Array): InstanceType<typeof G2> => {
    // The imaginary part comes first.
    const x = Fp2.create({ c0: field(bytes, 32), c1: field(bytes, 0) });
    const y = Fp2.create({ c0: field(bytes, 96), c1: field(bytes, 64) });
    if (Fp2.is0(x) && Fp2.is0(y)) return G2.ZERO;
    const point = G2.fromAffine({ x, y });
    point.assertValidity();
    return point;
  };
  const writeG1 = (point: InstanceType<typeof G1>): Uint8Array => {
    const { x, y } = point.toAffine();
    return concatBytes(toBigEndian(x, 32), toBigEndian(y, 32));
  };
  const addressOf = (key: Uint8Array): Uint8Array => keccak_256(key.subarray(1)).subarray(12);

  return {
    recoverAddress: (hash, recovery, signature) =>
      validOrUndefined(() => {
        const point = secp256k1.Signature.fromBytes(signature, 'compact')
          .addRecoveryBit(recovery)
          .recoverPublicKey(hash);
        return addressOf(point.toBytes(false));
      }),
    publicKeyToAddress: (key) => validOrUndefined(() => addressOf(secp256k1.Point.fromBytes(key).toBytes(false))),
    bn128Add: (a, b) => validOrUndefined(() => writeG1(readG1(a).add(readG1(b)))),
    bn128Multiply: (point, scalar) =>
      validOrUndefined(() => writeG1(readG1(point).multiplyUnsafe(fromBigEndian(scalar) % G1.Fn.ORDER))),
    bn128Pairing: (pairs) =>
      validOrUndefined(() => {
        const points = [];
        for (let offset = 0; offset < pairs.length; offset += 192) {
          const g1 = readG1(pairs.subarray(offset, offset + 64));
          const g2 = readG2(pairs.subarray(offset + 64, offset + 192));
          if (!g1.is0() && !g2.is0()) points.push({ g1, g2 });
        }
        return points.length === 0 || Fp12.eql(bn254.pairingBatch(points), Fp12.ONE);
      }),
    verifyP256: (hash, signature, key) =>
      validOrUndefined(() => {
        const publicKey = concatBytes(Uint8Array.of(4), key);
        return p256.verify(signature, hash, publicKey, { prehash: false, lowS: false });
      }),
  };
}

/** The libraries throw for input that is not valid: points off the curve, numbers out of range. */
function validOrUndefined<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}
