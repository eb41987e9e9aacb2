/** Makes drafts on which backends differ smaller, as long as they still do. */
import type { CodeItem } from '../../src/program/index.js';
import type { Draft, DraftAction, Place } from './draft.js';

/** Tries at most so many smaller drafts, */
const MAX_TRIES = 6000;
/** and for so many milliseconds: programs that overflow the host's stack take their time. */
const MAX_TIME = 90_000;

/** The smallest draft found that still `fails`. */
export function shrink(draft: Draft, fails: (draft: Draft) => boolean): Draft {
  return new Shrinker(draft, fails).shrink();
}

class Shrinker {
  #best: Draft;
  #tries = 0;
  readonly #end = performance.now() + MAX_TIME;
  readonly #fails: (draft: Draft) => boolean;

  constructor(draft: Draft, fails: (draft: Draft) => boolean) {
    this.#best = draft;
    this.#fails = fails;
  }

  shrink(): Draft {
    for (let size = -1; size !== sizeOf(this.#best) && this.#mayTry(); ) {
      size = sizeOf(this.#best);
      this.#withoutRuns(() => this.#best.actions.length, withoutActions);
      this.#withoutRuns(() => this.#best.items.length, withoutItems);
      this.#simplifyProgram();
      this.#simplifyItems();
      this.#simplifyActions();
    }
    return this.#best;
  }

  #mayTry(): boolean {
    return this.#tries < MAX_TRIES && performance.now() < this.#end;
  }

  #try(draft: Draft): boolean {
    if (!this.#mayTry()) return false;
    this.#tries++;
    if (!this.#fails(draft)) return false;
    this.#best = draft;
    return true;
  }

  /** Leaves out ever shorter runs of what there is `count` of. */
  #withoutRuns(count: () => number, without: (draft: Draft, from: number, to: number) => Draft): void {
    for (let length = 2 ** Math.ceil(Math.log2(count() + 1)); length >= 1; length /= 2) {
      for (let from = count() - length; from > -length; from -= length) {
        this.#try(without(this.#best, Math.max(from, 0), Math.min(from + length, count())));
      }
    }
  }

  #simplifyProgram(): void {
    const empty = new Uint8Array(0);
    const simpler: Partial<Draft>[] = [
      { limits: {} },
      { limits: { ...this.#best.limits, usesTailCalls: true } },
      { flips: [] },
      { exports: [] },
      { jumpTable: [] },
      { options: { gasMetering: 'sync', costModel: 'naive' } },
      { options: { ...this.#best.options, costModel: 'naive' } },
      { data: { ...this.#best.data, readOnlyData: empty, readWriteData: empty } },
      { data: { ...this.#best.data, readOnlyData: empty, readOnlyDataSize: 0 } },
      { data: { ...this.#best.data, readWriteData: empty, readWriteDataSize: 4096 } },
      { data: { ...this.#best.data, stackSize: 4096 } },
    ];
    for (const change of simpler) if (!isSame(this.#best, change)) this.#try({ ...this.#best, ...change });
    this.#withoutRuns(
      () => this.#best.exports.length,
      (draft, from, to) => ({ ...draft, exports: draft.exports.toSpliced(from, to - from) }),
    );
    // Return addresses name jump table entries by number, so only the last ones can go.
    while (
      this.#best.jumpTable.length > 0 &&
      this.#try({ ...this.#best, jumpTable: this.#best.jumpTable.slice(0, -1) })
    ) {}
  }

  #simplifyItems(): void {
    for (let i = 0; i < this.#best.items.length; i++) {
      const item = this.#best.items[i];
      if ('bytes' in item) continue;
      const zeros = { r0: 0, r1: 0, r2: 0, imm0: 0, imm1: 0 };
      for (const key of Object.keys(zeros) as (keyof typeof zeros)[]) {
        const now = this.#best.items[i];
        if ('bytes' in now || now[key] === 0) continue;
        for (const value of [0, 1, now[key] >> 8, now[key] >> 1]) {
          if (Math.abs(value) < Math.abs(now[key]) && this.#tryItem(i, { ...now, [key]: value })) break;
        }
      }
    }
  }

  #tryItem(index: number, item: CodeItem): boolean {
    return this.#try({ ...this.#best, items: this.#best.items.with(index, item) });
  }

  #simplifyActions(): void {
    for (let i = 0; i < this.#best.actions.length; i++) {
      for (const simpler of simplerActions(this.#best.actions[i])) {
        if (this.#try({ ...this.#best, actions: this.#best.actions.with(i, simpler) })) break;
      }
    }
  }
}

function simplerActions(action: DraftAction): readonly DraftAction[] {
  const start = { item: 0, plus: 0 };
  switch (action.do) {
    case 'call':
      if (action.args.length > 0)
        return [
          { ...action, args: [] },
          { ...action, args: action.args.slice(0, -1) },
        ];
      return action.at.item > 0 ? [{ ...action, at: start }] : [];
    case 'run':
      if (action.slice !== undefined) return [{ do: 'run', at: action.at }];
      return action.at.item > 0 ? [{ ...action, at: start }] : [];
    case 'gas':
    case 'register':
      return [0n, 100n, action.value >> 8n, action.value >> 1n]
        .filter((value) => value >= 0n && value < action.value)
        .map((value) => ({ ...action, value }));
    case 'write':
      return action.bytes.length > 1 ? [{ ...action, bytes: action.bytes.slice(1) }] : [];
    default:
      return [];
  }
}

function withoutActions(draft: Draft, from: number, to: number): Draft {
  return { ...draft, actions: draft.actions.toSpliced(from, to - from) };
}

function withoutItems(draft: Draft, from: number, to: number): Draft {
  const count = to - from;
  const moved = (item: number): number => (item >= to ? item - count : Math.min(item, from));
  const movePlace = ({ item, plus }: Place): Place => ({ item: moved(item), plus });
  return {
    ...draft,
    items: draft.items
      .toSpliced(from, count)
      .map((item) =>
        'bytes' in item || item.targetItem === undefined ? item : { ...item, targetItem: moved(item.targetItem) },
      ),
    jumpTable: draft.jumpTable.map(movePlace),
    exports: draft.exports.map(movePlace),
    actions: draft.actions.map((action) => ('at' in action ? { ...action, at: movePlace(action.at) } : action)),
  };
}

function sizeOf({ items, actions, jumpTable }: Draft): number {
  return items.length + actions.length + jumpTable.length;
}

function isSame(draft: Draft, change: Partial<Draft>): boolean {
  return Object.entries(change).every(
    ([key, value]) => JSON.stringify(draft[key as keyof Draft]) === JSON.stringify(value),
  );
}
