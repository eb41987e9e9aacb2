const PRIME_LOW = 0x1b3;

/** The FNV-1a hash of bytes in 64 bits, as sixteen hexadecimal digits. */
export function fnv1a64(bytes: Uint8Array): string {
  // The prime is 2^40 + 0x1b3, and the state is four 16-bit limbs, least significant first, so that products are exact.
  let a = 0x2325;
  let b = 0x8422;
  let c = 0x9ce4;
  let d = 0xcbf2;
  for (const byte of bytes) {
    a ^= byte;
    const a0 = a;
    const b0 = b;
    a = a0 * PRIME_LOW;
    b = b0 * PRIME_LOW + (a >>> 16);
    c = c * PRIME_LOW + (a0 << 8) + (b >>> 16);
    d = d * PRIME_LOW + (b0 << 8) + (c >>> 16);
    a &= 0xffff;
    b &= 0xffff;
    c &= 0xffff;
    d &= 0xffff;
  }
  return [d, c, b, a].map((limb) => limb.toString(16).padStart(4, '0')).join('');
}
