import type { CallNode, Cost, FunctionProfile, Profile } from './profile.js';

/** A profile in the file format of https://www.speedscope.app, as an object to be written as JSON. */
export interface Speedscope {
  readonly $schema: 'https://www.speedscope.app/file-format-schema.json';
  readonly exporter: string;
  readonly name: string;
  readonly activeProfileIndex: number;
  readonly shared: { readonly frames: readonly SpeedscopeFrame[] };
  readonly profiles: readonly SpeedscopeProfile[];
}

/** A function or a syscall. */
export interface SpeedscopeFrame {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

/** When frames are opened and closed; in the place of time there is gas, or instructions. */
export interface SpeedscopeProfile {
  readonly type: 'evented';
  readonly name: string;
  readonly unit: 'none';
  readonly startValue: number;
  readonly endValue: number;
  readonly events: readonly { readonly type: 'O' | 'C'; readonly frame: number; readonly at: number }[];
}

/**
 * Puts a profile into the file format of speedscope: one profile of gas and one of instructions. Calls are not in the
 * order in which they were made, since a profile sums them up.
 *
 * @example
 * writeFileSync('program.speedscope.json', JSON.stringify(speedscope(profile, 'program')));
 */
export function speedscope(profile: Profile, name: string): Speedscope {
  const frames: SpeedscopeFrame[] = [];
  const frameOf = new Map<FunctionProfile | string, number>();
  const numberOf = (node: CallNode): number => {
    const key = node.function ?? node.name;
    let frame = frameOf.get(key);
    if (frame === undefined) {
      frame = frames.push(describe(node)) - 1;
      frameOf.set(key, frame);
    }
    return frame;
  };
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'polkavm-js',
    name,
    activeProfileIndex: 0,
    profiles: [events(profile, 'gas', numberOf), events(profile, 'instructions', numberOf)],
    shared: { frames },
  };
}

function describe({ name, kind, function: called }: CallNode): SpeedscopeFrame {
  return {
    name: kind === 'syscall' ? `ecalli ${name}` : name,
    ...(called?.path === undefined ? {} : { file: called.path }),
    ...(called?.line === undefined ? {} : { line: called.line }),
  };
}

function events(profile: Profile, unit: keyof Cost, numberOf: (node: CallNode) => number): SpeedscopeProfile {
  const list: { type: 'O' | 'C'; frame: number; at: number }[] = [];
  let at = 0;
  const visit = (node: CallNode): void => {
    // A host may have given gas: less than nothing cannot be drawn.
    if (!(node.total[unit] > 0)) return;
    const isShown = node.kind !== 'root';
    const frame = isShown ? numberOf(node) : 0;
    if (isShown) list.push({ type: 'O', frame, at });
    at += Math.max(0, node.self[unit]);
    for (const child of node.children) visit(child);
    if (isShown) list.push({ type: 'C', frame, at });
  };
  visit(profile.root);
  return { type: 'evented', name: unit, unit: 'none', startValue: 0, endValue: at, events: list };
}
