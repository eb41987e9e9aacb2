import { describe, expect, it } from 'vitest';
import { ExtensionAlreadyRegisteredError } from './errors.js';
import { Extensions } from './extensions.js';

class Clock {
  constructor(readonly now: number) {}
}
class Log {}
class WallClock extends Clock {}

describe('Extensions', () => {
  it('finds an extension by its class', () => {
    const extensions = new Extensions();
    const clock = new Clock(1);
    extensions.register(clock);
    extensions.register(new Log());
    expect(extensions.get(Clock)).toBe(clock);
    expect(extensions.size).toBe(2);
  });

  it('has nothing for a class that was not registered, a base class included', () => {
    const extensions = new Extensions();
    extensions.register(new WallClock(1));
    expect(extensions.get(Clock)).toBeUndefined();
    expect(extensions.get(WallClock)?.now).toBe(1);
  });

  it('replaces an extension of the same class silently', () => {
    const extensions = new Extensions();
    extensions.register(new Clock(1));
    extensions.register(new Clock(2));
    expect(extensions.get(Clock)?.now).toBe(2);
    expect(extensions.size).toBe(1);
  });

  it('refuses a duplicate in the checked form and keeps the first', () => {
    const extensions = new Extensions();
    extensions.registerChecked(new Clock(1));
    expect(() => extensions.registerChecked(new Clock(2))).toThrow(
      new ExtensionAlreadyRegisteredError(
        'an extension of type Clock is already registered: got another, expected one of each type',
      ),
    );
    expect(extensions.get(Clock)?.now).toBe(1);
  });

  it('says whether there was something to deregister', () => {
    const extensions = new Extensions();
    extensions.register(new Clock(1));
    expect(extensions.deregister(Clock)).toBe(true);
    expect(extensions.get(Clock)).toBeUndefined();
    expect(extensions.deregister(Clock)).toBe(false);
  });

  it('merges others in, and theirs win', () => {
    const extensions = new Extensions();
    extensions.register(new Clock(1));
    extensions.register(new WallClock(1));
    const others = new Extensions();
    others.register(new Clock(2));
    others.register(new Log());
    extensions.merge(others);
    expect(extensions.get(Clock)?.now).toBe(2);
    expect(extensions.get(WallClock)?.now).toBe(1);
    expect(extensions.get(Log)).toBeInstanceOf(Log);
  });

  it.each([{}, Object.create(null)])('refuses an object without a class of its own', (extension) => {
    expect(() => new Extensions().register(extension)).toThrow(TypeError);
  });
});
