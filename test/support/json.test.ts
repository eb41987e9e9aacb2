import { describe, expect, it } from 'vitest';
import { parseJson } from './json.js';

describe('parseJson', () => {
  it('keeps 64-bit integers exact', () => {
    expect(parseJson('[18446744073709551615, -9223372036854775808]')).toEqual([
      18446744073709551615n,
      -9223372036854775808n,
    ]);
  });

  it('leaves short numbers, fractions and long digits in strings alone', () => {
    expect(parseJson('{"a":[1,-2,1.2345678901234567e3],"b":"say \\"18446744073709551615\\""}')).toEqual({
      a: [1, -2, 1234.5678901234567],
      b: 'say "18446744073709551615"',
    });
  });
});
