/** The symbols of the diagram's equations: how each is written (in the notation of `Equations`), and what it means. */
export const TERMS = {
  src: { symbol: 'src', meaning: 'the token that merges away; it comes from set A' },
  dst: { symbol: 'dst', meaning: 'the token that src merges into; it comes from set B' },
  embed: { symbol: 'E', meaning: 'frozen weights of the backbone: they turn the colours of a patch into the numbers of a token' },
  place: { symbol: 'place', meaning: 'numbers that say where in the picture the patch lies' },
  lengthSrc: { symbol: '‖src‖', meaning: 'the length of src: the root of the sum of its squared numbers' },
  lengthDst: { symbol: '‖dst‖', meaning: 'the length of dst: the root of the sum of its squared numbers' },
  key: { symbol: 'k', meaning: 'the key: what attention compares a token by' },
  keyOfHead: { symbol: 'k_h', meaning: 'the key of one head; attention has computed it already' },
  heads: { symbol: 'H', meaning: 'heads of the attention; their keys are averaged' },
  keySrc: { symbol: 'k_{src}', meaning: 'the key of src, averaged over the heads' },
  keyDst: { symbol: 'k_{dst}', meaning: 'the key of dst, averaged over the heads' },
  keyLengthSrc: { symbol: '‖k_{src}‖', meaning: 'the length of src’s key' },
  keyLengthDst: { symbol: '‖k_{dst}‖', meaning: 'the length of dst’s key' },
  product: { symbol: 'k_{src} · k_{dst}', meaning: 'the keys multiplied number by number, and summed' },
  similarity: { symbol: 'cos', meaning: 'how alike two keys are: 1 for the same direction, 0 for unrelated ones' },
  pairs: { symbol: 'r', meaning: 'pairs that merge in this block, as the schedule says' },
  sizeSrc: { symbol: 's_{src}', meaning: 'patches that src stands for: what it weighs in the mean' },
  sizeDst: { symbol: 's_{dst}', meaning: 'patches that dst stands for: what it weighs in the mean' },
  information: {
    symbol: 'M',
    meaning: 'what PYRA’s generators read: both tokens, weighted by their sizes, summed and normalised',
  },
  layerNorm: {
    symbol: 'LayerNorm',
    meaning: 'brings a token’s numbers to mean 0 and deviation 1, then to a learned scale and shift',
  },
  channels: {
    symbol: 'g_D',
    meaning: 'one weight for each channel, from 0 to 2; computed from all pairs of the block and the same for all of them',
  },
  pair: { symbol: 'g_r', meaning: 'one weight for this pair, −1 to 1: 0 leaves src as it is' },
  sigmoid: { symbol: 'σ', meaning: 'the sigmoid, 1 / (1 + e⁻ˣ): it maps any number to between 0 and 1, and 0 to ½' },
  weightsA: { symbol: 'W_a', meaning: 'r trained weights, one for each pair by its rank (W_D in the paper)' },
  weightsB: { symbol: 'W_b', meaning: 'trained weights, one for each channel (W_r in the paper); they start at 0' },
  times: { symbol: '⊙', meaning: 'multiplied channel by channel' },
  changed: { symbol: 'src\u200a′', meaning: 'src after PYRA; it is merged in place of src' },
  lengthChanged: { symbol: '‖src\u200a′‖', meaning: 'the length of src after PYRA' },
  strength: { symbol: '‖src\u200a′ − src‖ / ‖src‖', meaning: 'how much of src PYRA changed' },
  merged: { symbol: 'dst\u200a′', meaning: 'the merged token, which replaces dst' },
  lengthMerged: { symbol: '‖dst\u200a′‖', meaning: 'the length of the merged token' },
  sizeMerged: { symbol: 's', meaning: 'patches that the merged token stands for' },
} as const satisfies Readonly<Record<string, { readonly symbol: string; readonly meaning: string }>>;

export type TermName = keyof typeof TERMS;

export const TERM_NAMES = Object.keys(TERMS).filter((name): name is TermName => name in TERMS);
