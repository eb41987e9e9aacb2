/**
 * A scenario whose code is still a list of instructions, so that it can be made smaller one instruction at a time.
 */
import type { CompilerLimits } from '../../src/compiler/index.js';
import type { ModuleOptions } from '../../src/engine/index.js';
import { ISAS, type IsaName } from '../../src/isa/index.js';
import { type CodeItem, layOut, writeBlob } from '../../src/program/index.js';
import type { Action, Scenario } from './scenario.js';

/** A place in the code: that of an item, some bytes further. */
export interface Place {
  readonly item: number;
  readonly plus: number;
}

/** An {@link Action} that names places in the code by items. */
export type DraftAction =
  | { readonly do: 'call'; readonly at: Place; readonly args: readonly bigint[] }
  | { readonly do: 'jump'; readonly at: Place }
  | { readonly do: 'run'; readonly at: Place; readonly slice?: number | undefined }
  | Exclude<Action, { readonly do: 'call' | 'jump' | 'run' }>;

/** The data that a program brings along. */
export interface DraftData {
  readonly readOnlyData: Uint8Array;
  readonly readOnlyDataSize: number;
  readonly readWriteData: Uint8Array;
  readonly readWriteDataSize: number;
  readonly stackSize: number;
}

/** A program and a script, in a form that can be cut down. */
export interface Draft {
  readonly isa: IsaName;
  readonly data: DraftData;
  /** The code. Jumps refer to items by their position; the list's length means the end of the code. */
  readonly items: readonly CodeItem[];
  readonly jumpTable: readonly Place[];
  readonly exports: readonly Place[];
  /** Code offsets whose bits in the bitmask are turned over in the end. */
  readonly flips: readonly number[];
  readonly options: ModuleOptions;
  readonly limits: Partial<CompilerLimits>;
  readonly actions: readonly DraftAction[];
}

/** Lays out the code and writes the program. */
export function finishDraft(draft: Draft): Scenario {
  const { isa, data, items, jumpTable, exports, flips, options, limits, actions } = draft;
  const { code, bitmask, offsets } = layOut(ISAS[isa], items);
  for (const offset of flips) if (offset < code.length) bitmask[offset >> 3] ^= 1 << (offset & 7);
  const pcOf = ({ item, plus }: Place): number => offsets[Math.min(item, items.length)] + plus;
  const blob = writeBlob({
    isa: ISAS[isa],
    ...data,
    exports: exports.map((place, i) => ({ symbol: new TextEncoder().encode(`f${i}`), pc: pcOf(place) })),
    code,
    bitmask,
    jumpTable: jumpTable.map(pcOf),
  });
  return { blob, options, limits, actions: actions.map(finishAction) };

  function finishAction(action: DraftAction): Action {
    switch (action.do) {
      case 'call':
        return { do: 'call', pc: pcOf(action.at), args: action.args };
      case 'jump':
        return { do: 'jump', pc: pcOf(action.at) };
      case 'run':
        return { do: 'run', otherwise: pcOf(action.at), ...(action.slice !== undefined && { slice: action.slice }) };
      default:
        return action;
    }
  }
}
