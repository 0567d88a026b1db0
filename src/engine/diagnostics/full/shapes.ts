import { plainArchitecture, type Architecture } from '../../../vit/architecture.js';
import { requireSchedule } from '../../../vit/schedule.js';
import { blockShapes, outerShapes, tokenShapes } from '../../../vit/weights.js';
import type { BackboneReader } from '../../model/types.js';

/** Side of the pictures, and of a patch. */
export const SIDE = 224;
const PATCH = 16;

/** The four sizes of ViT/16, the smallest first. */
export const MODELS = [
  { name: 'ViT-Ti/16', embedDim: 192, depth: 12, heads: 3 },
  { name: 'ViT-S/16', embedDim: 384, depth: 12, heads: 6 },
  { name: 'ViT-B/16', embedDim: 768, depth: 12, heads: 12 },
  { name: 'ViT-L/16', embedDim: 1024, depth: 24, heads: 16 },
] as const;

export type Model = (typeof MODELS)[number];

export const architectureOf = ({ embedDim, depth, heads }: Model): Architecture =>
  plainArchitecture({ imageSize: SIDE, patchSize: PATCH, embedDim, depth, heads });

/** Length of the block of numbers that weights repeat. The time of a kernel does not depend on the values. */
const BLOCK = 65_521;
const SPREAD = 0.02;

/** Weights without meaning, with values as large as trained ones, for any architecture. */
export function meaninglessWeights(architecture: Architecture): BackboneReader {
  const outer = outerShapes(architecture);
  const blocks = Array.from({ length: architecture.depth }, (_, block) =>
    blockShapes(architecture).map(([name, shape]) => [`blocks.${block}.${name}`, shape] as const),
  );
  const all = [...outer.embedding, ...outer.norm, ...blocks.flat(), ...tokenShapes(architecture, architecture.imageSize)];
  const shapes = new Map<string, readonly number[]>(all);
  // The fractional parts of multiples of the golden ratio are spread evenly and all different.
  const block = Float32Array.from({ length: BLOCK }, (_, i) => SPREAD * (2 * ((i * 0.61803398875) % 1) - 1));
  return {
    shape: (name) => shapes.get(name),
    read: (name) => {
      const shape = shapes.get(name) ?? [];
      const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
      for (let at = 0; at < data.length; at += BLOCK) data.set(block.subarray(0, Math.min(BLOCK, data.length - at)), at);
      return Promise.resolve({ shape, data });
    },
  };
}

export interface ProductShape {
  readonly layer: string;
  readonly direction: 'forward' | 'backward';
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** The products of a block with frozen weights, at the numbers of tokens that each rate has in its middle block. */
export function productShapes({ embedDim: C }: Pick<Model, 'embedDim'>, depth: number, batch: number): ProductShape[] {
  const tokens = (SIDE / PATCH) ** 2 + 1;
  const rates = ['none', 'low', 'high'].map((text) => {
    const { tokens: left } = requireSchedule(text, { tokens, protectedTokens: 1, depth });
    return { text, rows: batch * (left[Math.floor(depth / 2)] ?? tokens) };
  });
  return rates.flatMap(({ text, rows }) => {
    const layers = [
      { layer: `qkv, ${text}`, columns: 3 * C, depth: C },
      { layer: `proj, ${text}`, columns: C, depth: C },
      { layer: `fc1, ${text}`, columns: 4 * C, depth: C },
      { layer: `fc2, ${text}`, columns: C, depth: 4 * C },
    ];
    const forward = layers.map((layer): ProductShape => ({ ...layer, direction: 'forward', rows }));
    // For the gradient of a layer's input, outputs and inputs are exchanged.
    const backward = layers.map(({ layer, columns, depth: inputs }): ProductShape => ({
      ...{ layer, direction: 'backward', rows, columns: inputs, depth: columns },
    }));
    return [...forward, ...backward];
  });
}
