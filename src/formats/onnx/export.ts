import { initialTokens, protectedTokens } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { reducerOf, reduces, type Method } from '../../vit/methods/index.js';
import type { Pairing } from '../../vit/methods/unit.js';
import { headNames } from '../../vit/weights.js';
import { followSchedule } from '../../vit/schedule.js';
import { framingWords } from '../../vit/framing.js';
import type { AdaptedModel } from '../types.js';
import { WeightSource } from './constants.js';
import { GraphBuilder, type ValueInfo } from './graph.js';
import { addBlock, addEmbedding, addHeads, addNorm, type Stream } from './layers.js';

export interface OnnxOptions {
  /**
   * Adds an output `source_I` for each block I that merges: int64 [batch, tokens at the start], each original token's row (of
   * one that was dropped, its partner's).
   */
  readonly includeMaps?: boolean;
}

/**
 * The adapted model as an ONNX file (opset 17), with the token merging and PYRA inside, LoRA folded into qkv and the adapter kept.
 *
 * Input `pixel_values`: float32 [batch, 3, S, S], RGB from 0 to 1 less the mean, over the standard deviation, S the run's image
 * size; the batch is free. Output `logits`: float32 [batch, classes], with a distillation token the mean of both heads. The file's
 * metadata holds `labels`, `mean`, `std` (JSON lists), `image_size`, `resize`, `method`, `schedule`, and the run's own metadata.
 *
 * Throws `option.invalid` where the method's pairs are not exported, `schedule.invalid` where the schedule does not fit the
 * image size, `weights.missing-tensor` and `weights.wrong-shape` by name.
 */
export async function exportOnnx(model: AdaptedModel, options: OnnxOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { architecture, configuration, classes, schedule } = model.metadata;
  requirePairing(configuration.method);
  const { depth, embedDim: C } = architecture;
  const T = protectedTokens(architecture);
  const N0 = initialTokens(architecture, configuration.imageSize);
  const r = reduces(configuration.method) ? schedule : [];
  const plan = followSchedule(r, { tokens: N0, protectedTokens: T, depth, distilled: architecture.distilled });
  const [problem] = plan.problems;
  if (problem) throw new PlaygroundError('schedule.invalid', problem.message, { subject: 'schedule' });

  const graph = new GraphBuilder();
  const weights = new WeightSource(model, graph);
  graph.within('embed');
  const pixels: ValueInfo = {
    name: 'pixel_values',
    type: 'float32',
    shape: ['batch', 3, configuration.imageSize, configuration.imageSize],
  };
  const batch = graph.node('Shape', [pixels.name], { start: 0n, end: 1n });
  let stream: Stream = { x: await addEmbedding(graph, weights, model.metadata, pixels.name, batch), size: null, source: null };
  const outputs: ValueInfo[] = [];
  if (options.includeMaps) {
    const rows = Array.from({ length: N0 }, (_, i) => i);
    const shape = graph.node('Concat', [batch, graph.ints([N0])], { axis: 0n });
    stream = { ...stream, source: graph.node('Expand', [graph.ints(rows, [1, N0]), shape]) };
  }
  for (let block = 0; block < depth; block++) {
    const tokens = plan.tokens[block] ?? 0;
    // Unless the maps are asked for, only what the heads read is computed in the last block.
    const whole = block < depth - 1 || stream.source !== null;
    const merging = whole ? (plan.r[block] ?? 0) : 0;
    const place = { block, batch, tokens, queries: whole ? tokens : T, r: merging };
    stream = await addBlock(graph, weights, model.metadata, place, stream);
    if (merging > 0 && stream.source !== null) {
      outputs.push({ name: `source_${block}`, type: 'int64', shape: ['batch', N0] });
      graph.output(stream.source, `source_${block}`);
    }
  }

  graph.within('head');
  const heads = headNames(architecture).length;
  const read = graph.node('Slice', [stream.x, graph.ints([0]), graph.ints([heads]), graph.ints([1])]);
  const features = graph.node('Reshape', [await addNorm(graph, weights, 'norm', read, architecture), graph.ints([0, heads * C])]);
  graph.output(await addHeads(graph, weights, model.metadata, features), 'logits');
  outputs.unshift({ name: 'logits', type: 'float32', shape: ['batch', classes.length] });
  return graph.toBytes([pixels], outputs, fileMetadata(model), 'A vision transformer adapted with token merging inside');
}

/** Why a pairing cannot be exported; null where it can. */
const REFUSED: Readonly<Record<Pairing, string | null>> = {
  similarity: null,
  random: 'draws its pairs, as a control that a model in use has no need of; export a run of another method, or this one as timm',
};

function requirePairing(method: Method): void {
  const reducer = reducerOf(method);
  const why = reducer && REFUSED[reducer.pairing];
  if (why) throw new PlaygroundError('option.invalid', `onnx: the method '${method}' ${why}`, { subject: 'to' });
}

function fileMetadata({ metadata }: AdaptedModel): Record<string, string> {
  const { architecture, configuration, classes, schedule } = metadata;
  return {
    labels: JSON.stringify(classes),
    mean: JSON.stringify(architecture.mean),
    std: JSON.stringify(architecture.std),
    image_size: String(configuration.imageSize),
    resize: framingWords(configuration.imageSize, architecture.framing),
    method: configuration.method,
    schedule: JSON.stringify(schedule),
    pyra_playground: JSON.stringify(metadata),
  };
}
