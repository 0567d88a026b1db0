import { flax } from './names/flax.js';
import { huggingFace } from './names/huggingface.js';
import { NamedFileView } from './names/map.js';
import type { NameMap } from './names/map.js';
import { mmpretrain, torchvision } from './names/renamed.js';
import { timm } from './names/timm.js';
import type { TensorStore } from '../../containers/tensor-store.js';

/** Hugging Face's come first: its `embeddings.cls_token` ends in timm's `cls_token`. */
const NAME_MAPS: readonly NameMap[] = [huggingFace, timm, flax, torchvision, mmpretrain];

/** Finds the name map whose most reliable anchor a store has, and the prefix of the store's names. */
export function findNameMap(store: TensorStore): { map: NameMap; file: NamedFileView } | undefined {
  const deepest = Math.max(...NAME_MAPS.map((map) => map.anchors.length));
  for (let rank = 0; rank < deepest; rank++) {
    for (const map of NAME_MAPS) {
      const anchor = map.anchors[rank];
      const prefix = anchor === undefined ? undefined : findPrefix(store, anchor, map.preferredPrefixes);
      if (prefix === undefined) continue;
      const file = new NamedFileView(store, prefix);
      if (map.depth(file) > 0) return { map, file };
      const beside = prefix.replace(/[^.]+\.$/, '');
      const wider = new NamedFileView(store, prefix, beside);
      return { map, file: beside !== prefix && map.depth(wider) > 0 ? wider : file };
    }
  }
  return undefined;
}

const SMOOTHED = /(^|[._])ema([._]|$)/i;

function findPrefix(store: TensorStore, anchor: string, preferred: readonly string[]): string | undefined {
  const prefixes: string[] = [];
  for (const name of store.tensors.keys()) {
    if (!name.endsWith(anchor)) continue;
    const prefix = name.slice(0, -anchor.length);
    if (prefix === '' || prefix.endsWith('.') || prefix.endsWith('/')) prefixes.push(prefix);
  }
  // Where one dict has a model and its smoothed copy, the copy is used, as for two dicts.
  const smoothed = prefixes.filter((prefix) => SMOOTHED.test(prefix));
  const among = smoothed.length > 0 ? smoothed : prefixes;
  const known = preferred.find((prefix) => among.includes(prefix));
  return known ?? among.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
}
