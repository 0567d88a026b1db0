import { modulates } from '../../vit/methods/index.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';
import { recordMatch, recordMerge, recordTrack, type Matching } from '../operations/merge.js';
import { recordModulationStrength, recordPyra, type PyraHalf } from '../operations/pyra.js';
import { tokensAtStart, type BlockInput, type ForwardOptions, type MergeTape, type NetworkState, type PyraTape } from './tape.js';
import type { TrainedWeights } from './trained.js';
import type { NetworkOptions } from './types.js';

function halfOf(options: NetworkOptions): PyraHalf {
  return options.method === 'pyra-channels' ? 'channels' : options.method === 'pyra-pairs' ? 'pairs' : 'both';
}

/** Matching, PYRA's modulation where the method has it, the merge, and for tracing the way of every token. */
export function recordMerging(
  plan: PlanRecorder,
  state: NetworkState,
  call: ForwardOptions,
  input: BlockInput,
  qkv: Tensor,
  x: Tensor,
  r: number,
): { readonly out: Tensor; readonly tape: MergeTape } {
  const { architecture, options, trained } = state;
  const { block, tokens, size } = input;
  const { embedDim: C, heads, distilled } = architecture;
  const batch = call.images;
  const at = (suffix: string): string => `blocks.${block}.${suffix}`;
  const left = tokens - r;
  const keep = (tensor: Tensor): Tensor => (call.trace ? plan.keep(tensor) : tensor);

  const matching: Matching = {
    pairs: keep(plan.tensor(at('pairs'), batch * r * 2)),
    rowOf: plan.tensor(at('row of'), batch * tokens),
    originOf: plan.tensor(at('origin of'), batch * left),
  };
  const scores = keep(plan.tensor(at('scores'), batch * r));
  recordMatch(plan, {
    label: at('match'),
    qkv,
    batch,
    tokens,
    heads,
    headDim: C / heads,
    distilled,
    merged: r,
    ...matching,
    pairScore: scores,
  });

  let pyra: PyraTape | undefined;
  let strength: Tensor | undefined;
  if (modulates(options.method)) {
    const half = halfOf(options);
    const gChannels = keep(plan.tensor(at('g_D'), batch * C));
    const gPairs = keep(plan.tensor(at('g_r'), batch * r));
    pyra = {
      half,
      normalised: plan.tensor(at('PYRA norm'), batch * r * C),
      rstd: plan.tensor(at('PYRA rstd'), batch * r),
      gChannels,
      gPairs,
      modulation: { channels: half === 'pairs' ? null : gChannels, pairs: half === 'channels' ? null : gPairs },
    };
    recordPyra(plan, {
      label: at('PYRA'),
      x,
      size,
      pairs: matching.pairs,
      ...pyraWeights(trained, block),
      batch,
      tokens,
      channels: C,
      merged: r,
      ...pyra,
    });
    if (call.trace) {
      strength = plan.keep(plan.tensor(at('modulation strength'), batch * r));
      recordModulationStrength(plan, {
        label: at('modulation strength'),
        x,
        pairs: matching.pairs,
        gChannels,
        gPairs,
        batch,
        tokens,
        channels: C,
        merged: r,
        out: strength,
      });
    }
  }

  const out = plan.tensor(at('merged'), batch * left * C);
  const sizeOut = keep(plan.tensor(at('size'), batch * left));
  recordMerge(plan, {
    label: at('merge'),
    x,
    size,
    ...matching,
    batch,
    tokens,
    channels: C,
    merged: r,
    out,
    outSize: sizeOut,
    ...(pyra ? { modulation: pyra.modulation } : {}),
  });
  let source: Tensor | undefined;
  if (call.trace) {
    const initialTokens = tokensAtStart(state);
    source = plan.keep(plan.tensor(at('source'), batch * initialTokens));
    recordTrack(plan, {
      label: at('track'),
      source: input.source,
      rowOf: matching.rowOf,
      batch,
      initialTokens,
      tokens,
      out: source,
    });
  }
  return { out, tape: { r, matching, scores, sizeIn: size, sizeOut, pyra, source, strength } };
}

/** PYRA's four weights of a block, under the names that its kernels use. */
export function pyraWeights(trained: TrainedWeights, block: number) {
  const at = (suffix: string): Tensor => trained.value(`blocks.${block}.${suffix}`);
  return { a: at('pyra_a'), b: at('pyra_b'), gamma: at('pyra_norm.weight'), beta: at('pyra_norm.bias') };
}
