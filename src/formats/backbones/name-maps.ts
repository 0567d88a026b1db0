import { flax } from './names/flax.js';
import { huggingFace } from './names/huggingface.js';
import { NamedFileView } from './names/map.js';
import type { NameMap } from './names/map.js';
import { mmpretrain, torchvision, vitPytorch } from './names/renamed.js';
import { timm } from './names/timm.js';
import type { TensorStore } from '../../containers/tensor-store.js';

/** Hugging Face's come first: its `embeddings.cls_token` ends in timm's `cls_token`. */
const NAME_MAPS: readonly NameMap[] = [huggingFace, timm, flax, torchvision, mmpretrain, vitPytorch];

export interface FoundNames {
  readonly map: NameMap;
  readonly file: NamedFileView;
  /** The prefixes of other models in the same store. */
  readonly others: readonly string[];
}

/** Finds the name map whose most reliable anchor a store has, and the prefix of the store's names. */
export function findNameMap(store: TensorStore): FoundNames | undefined {
  const deepest = Math.max(...NAME_MAPS.map((map) => map.anchors.length));
  for (let rank = 0; rank < deepest; rank++) {
    for (const map of NAME_MAPS) {
      const anchor = map.anchors[rank];
      const [prefix, ...others] = anchor === undefined ? [] : findPrefixes(store, anchor, map.preferredPrefixes);
      if (prefix === undefined) continue;
      const file = new NamedFileView(store, prefix);
      if (map.depth(file) > 0) return { map, file, others };
      const beside = prefix.replace(/[^.]+\.$/, '');
      const wider = new NamedFileView(store, prefix, beside);
      return { map, file: beside !== prefix && map.depth(wider) > 0 ? wider : file, others };
    }
  }
  return undefined;
}

const SMOOTHED = /(^|[._])ema([._]|$)/i;
/** Self-supervised training keeps a smoothed copy as the teacher; a teacher of another width is another model. */
const TEACHER = /(^|[._])(teacher|target_encoder)([._]|$)/i;

/** The prefixes of an anchor, the one of the model that is meant first. */
function findPrefixes(store: TensorStore, anchor: string, preferred: readonly string[]): readonly string[] {
  const prefixes: string[] = [];
  for (const name of store.tensors.keys()) {
    if (!name.endsWith(anchor)) continue;
    const prefix = name.slice(0, -anchor.length);
    if (prefix === '' || prefix.endsWith('.') || prefix.endsWith('/')) prefixes.push(prefix);
  }
  const shapes = new Set(prefixes.map((prefix) => store.tensors.get(prefix + anchor)?.shape.join()));
  const isCopy = (prefix: string): boolean => SMOOTHED.test(prefix) || (shapes.size === 1 && TEACHER.test(prefix));
  // Where one dict has a model and its smoothed copy, the copy is used, as for two dicts.
  const rank = (prefix: string): number => {
    const known = preferred.indexOf(prefix);
    return (isCopy(prefix) ? 0 : preferred.length + 1) + (known < 0 ? preferred.length : known);
  };
  return prefixes.sort((a, b) => rank(a) - rank(b) || a.length - b.length || (a < b ? -1 : 1));
}
