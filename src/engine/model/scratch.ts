import { plainArchitecture, type Architecture } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { ONE, XAVIER, ZERO, type Start } from '../../vit/trained-weights.js';
import { blockShapes, outerShapes, tokenShapes } from '../../vit/weights.js';
import { drawWeight } from './parameters.js';
import type { BackboneReader } from './types.js';

const SMALL: Start = { kind: 'normal', std: 0.02, truncated: true };

/**
 * The initialisation of the first ViTs (Dosovitskiy et al., arXiv 2010.11929, JAX code): Xavier's for matrices, tokens and positions near
 * zero.
 */
function startOf(name: string, shape: readonly number[]): Start {
  if (name === 'pos_embed' || name === 'cls_token') return SMALL;
  if (/norm\d?\.weight$/.test(name)) return ONE;
  return shape.length > 1 ? XAVIER : ZERO;
}

/** An untrained backbone: its weights are drawn from the seed and their names, with the same bits everywhere. */
export function scratchBackbone(architecture: Architecture, seed: number): BackboneReader & { names(): readonly string[] } {
  const { embedding, norm } = outerShapes(architecture);
  const blocks = Array.from({ length: architecture.depth }, (_, block) =>
    blockShapes(architecture).map(([suffix, shape]) => [`blocks.${block}.${suffix}`, shape] as const),
  );
  const shapes = new Map([...tokenShapes(architecture, architecture.imageSize), ...embedding, ...blocks.flat(), ...norm]);
  return {
    names: () => [...shapes.keys()],
    shape: (name) => shapes.get(name),
    read: (name) => {
      const shape = shapes.get(name);
      if (!shape) {
        const message = `the new backbone has no tensor '${name}'`;
        return Promise.reject(new PlaygroundError('weights.missing-tensor', message, { subject: name }));
      }
      return Promise.resolve({ shape, data: drawWeight(name, shape, startOf(name, shape), seed) });
    },
  };
}

export interface ScratchSizes {
  readonly channels: number;
  readonly blocks: number;
  readonly heads: number;
  readonly patch: number;
  /** Side of the pictures in pixels. */
  readonly side: number;
}

/** The plain architecture of these sizes. */
export const scratchArchitecture = ({ channels, blocks, heads, patch, side }: ScratchSizes): Architecture =>
  plainArchitecture({ imageSize: side, patchSize: patch, embedDim: channels, depth: blocks, heads });
