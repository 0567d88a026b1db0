import { reducerOf } from '../../vit/methods/index.js';
import { GONE } from '../../vit/methods/unit.js';
import type { Machine, Progress } from '../plan/machine.js';
import { recordForward } from './forward.js';
import { logitScale } from './parts/head.js';
import { mergeOutputs } from './parts/merging.js';
import { tokensAtStart, type NetworkState } from './state.js';
import type { BlockTrace, Tracer } from './types.js';

export async function createTracer(machine: Machine, state: NetworkState, onProgress?: Progress): Promise<Tracer> {
  const plan = await machine.compile(
    {
      label: 'trace',
      images: 1,
      record: (recorder, images) => {
        recorder.output('logits', recordForward(recorder, state, { images, form: 'bytes', training: false, trace: true }));
      },
    },
    onProgress,
  );
  const blocks = Array.from({ length: state.architecture.depth }, (_, block) => mergeOutputs(state, block));
  const read = ['logits', ...blocks.flatMap((names) => Object.values(names ?? {}).filter((name) => name !== undefined))];
  return {
    async trace(pixels) {
      // Where runs queue up, the time of earlier runs must not count for this picture.
      if (!plan.urgent) await machine.idle();
      const began = performance.now();
      const values = await plan.run({ step: { seed: 0, number: 0, images: 1 }, inputs: { pixels }, read });
      const milliseconds = performance.now() - began;
      const traced = new Map(read.map((name, index) => [name, values[index] ?? new ArrayBuffer(0)]));
      const logits = new Float32Array(traced.get('logits') ?? new ArrayBuffer(0)).map((value) => value * logitScale(state));
      return { logits, blocks: readTraces(state, blocks, traced), milliseconds };
    },
    destroy: () => plan.destroy(),
  };
}

type BlockNames = ReturnType<typeof mergeOutputs>;

const NONE = new ArrayBuffer(0);

function readTraces(state: NetworkState, blocks: readonly BlockNames[], traced: ReadonlyMap<string, ArrayBuffer>): BlockTrace[] {
  const bytes = (name: string | undefined): ArrayBuffer => traced.get(name ?? '') ?? NONE;
  const floats = (name: string | undefined) => new Float32Array(bytes(name));
  const reducer = reducerOf(state.options.method);
  // With the channels' half alone, gChannels holds g_D - 1, the part that is added.
  const above = reducer?.modulation?.pairs === false ? 1 : 0;
  let tokens = tokensAtStart(state);
  let source = Uint32Array.from({ length: tokens }, (_, i) => i);
  let size = new Float32Array(tokens).fill(1);
  return blocks.map((names): BlockTrace => {
    const pairs = new Uint32Array(bytes(names?.pairs));
    const r = pairs.length / 2;
    // The matching's indices count even tokens and odd tokens separately.
    const mergedRow = Uint32Array.from({ length: r }, (_, i) => 2 * (pairs[2 * i] ?? 0));
    if (names) {
      const gone = new Set(reducer?.weight === 'zero' ? [GONE, ...mergedRow] : []);
      const before = source;
      source = new Uint32Array(bytes(names.source)).map((row, token) => (gone.has(before[token] ?? GONE) ? GONE : row));
      size = floats(names.size);
      tokens = size.length;
    }
    const channels = state.architecture.embedDim;
    const met = metOf(floats(names?.met), r, 3 * channels, 2 * (channels / state.architecture.heads));
    return {
      tokens,
      source,
      size,
      mergedRow,
      keptRow: Uint32Array.from({ length: r }, (_, i) => 2 * (pairs[2 * i + 1] ?? 0) + 1),
      // A drawn score is not a similarity.
      similarity: reducer?.pairing === 'similarity' ? floats(names?.score) : new Float32Array(0),
      pairModulation: floats(names?.gPairs),
      channelModulation: floats(names?.gChannels).map((g) => g + above),
      modulationStrength: floats(names?.strength),
      pairTokens: met.first,
      pairKeys: met.second,
    };
  });
}

/** From r rows that hold several vectors one after another, each vector by itself. */
function metOf(rows: Float32Array<ArrayBuffer>, r: number, first: number, second: number) {
  const parted = { first: new Float32Array(r * first), second: new Float32Array(r * second) };
  for (let k = 0; k < r; k++) {
    const row = rows.subarray(k * (first + second), (k + 1) * (first + second));
    parted.first.set(row.subarray(0, first), k * first);
    parted.second.set(row.subarray(first), k * second);
  }
  return parted;
}
