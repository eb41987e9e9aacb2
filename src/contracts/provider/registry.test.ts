import { describe, expect, it } from 'vitest';
import { Registry } from './registry.js';

describe('a registry', () => {
  it('gives out ids in order, and not again after an entry is removed', () => {
    const registry = new Registry<string>();
    expect([registry.add('a'), registry.add('b')]).toEqual(['0x1', '0x2']);
    expect([registry.remove('0x2'), registry.remove('0x2')]).toEqual([true, false]);
    expect(registry.add('c')).toBe('0x3');
    expect([...registry]).toEqual([
      ['0x1', 'a'],
      ['0x3', 'c'],
    ]);
  });

  it('forgets the first entries when there are more than 1000', () => {
    const registry = new Registry<number>();
    for (let i = 1; i <= 1002; i++) registry.add(i);
    expect([...registry].length).toBe(1000);
    expect([registry.get('0x2'), registry.get('0x3')]).toEqual([undefined, 3]);
  });
});
