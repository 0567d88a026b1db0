import { useMemo } from 'react';
import type { MergeMap } from '../../../protocol/maps.js';
import { explainedBlock, mergedPair, neighbouringRank, rankOf, type MergedPair } from '../../../results/maps/pair.js';
import { shownMap } from '../../../store/facts.js';
import { usePlayground } from '../../playground.js';

export interface Explained {
  readonly map: MergeMap;
  /** 1-based. */
  readonly block: number;
  /** Null where the block merges nothing. */
  readonly pair: MergedPair | null;
  /** The patch that was pointed at last, and whether a click keeps its pair here. */
  readonly patch: number | null;
  readonly held: boolean;
  /** Whether `pair` contains that patch's token. If not, it is the most similar pair of neighbours. */
  readonly own: boolean;
}

/** The pair of the first map to explain: that of the patch pointed at last, else the most similar pair of neighbours. */
export function usePair(): Explained | null {
  const map = usePlayground((state) => shownMap(state, 'first')?.value);
  const position = usePlayground((state) => state.block);
  const explained = usePlayground((state) => state.explained);
  return useMemo(() => {
    if (!map) return null;
    const block = explainedBlock(map, position);
    const patch = explained && explained.patch < map.gridSide ** 2 ? explained.patch : null;
    const rank = patch === null ? null : rankOf(map, block, patch);
    return {
      map,
      block,
      pair: mergedPair(map, block, rank ?? neighbouringRank(map, block)),
      patch,
      held: explained?.held ?? false,
      own: rank !== null,
    };
  }, [map, position, explained]);
}
