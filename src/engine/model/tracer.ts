import { buildPlan, type Autotuner } from '../gpu/autotuner.js';
import type { Plan, Tensor } from '../gpu/plan.js';
import { recordForward, tokensAtStart, type BlockTape, type ForwardTape, type NetworkState } from './forward.js';
import type { BlockTrace, Tracer } from './types.js';

export async function createTracer(
  tuner: Autotuner,
  state: NetworkState,
  onProgress?: (done: number, total: number) => void,
): Promise<Tracer> {
  const side = state.options.imageSize;
  const { plan, handles } = await buildPlan(
    tuner,
    'trace',
    (recorder) => {
      const pixels = recorder.keep(recorder.tensor('pixels', side * side));
      const tape = recordForward(recorder, state, {
        images: 1,
        input: { form: 'bytes', tensor: pixels },
        training: false,
        trace: true,
      });
      recorder.keep(tape.logits);
      return { pixels, tape };
    },
    onProgress,
  );
  return {
    async trace(pixels) {
      plan.write(handles.pixels, pixels);
      plan.run({ seed: 0, number: 0, images: 1 });
      const [logits, blocks] = await Promise.all([readFloats(plan, handles.tape.logits), readTraces(plan, state, handles.tape)]);
      return { logits: logits.map((value) => value * handles.tape.logitScale), blocks };
    },
    destroy: () => {
      plan.destroy();
    },
  };
}

/** What every block did to the first picture of a plan that was recorded with `trace`. */
export async function readTraces(plan: Plan, state: NetworkState, tape: ForwardTape): Promise<BlockTrace[]> {
  const initialTokens = tokensAtStart(state);
  let source = Uint32Array.from({ length: initialTokens }, (_, i) => i);
  let size = new Float32Array(initialTokens).fill(1);
  const traces: BlockTrace[] = [];
  for (const block of tape.blocks) {
    const trace = await readTrace(plan, block, source, size);
    ({ source, size } = trace);
    traces.push(trace);
  }
  return traces;
}

const NONE = { indices: new Uint32Array(0), floats: new Float32Array(0) };

async function readTrace(
  plan: Plan,
  block: BlockTape,
  source: Uint32Array<ArrayBuffer>,
  size: Float32Array<ArrayBuffer>,
): Promise<BlockTrace & { source: Uint32Array<ArrayBuffer>; size: Float32Array<ArrayBuffer> }> {
  const { merge, tokensOut: tokens } = block;
  if (!merge?.source) {
    return {
      tokens,
      source,
      size,
      mergedRow: NONE.indices,
      keptRow: NONE.indices,
      similarity: NONE.floats,
      pairModulation: NONE.floats,
      channelModulation: NONE.floats,
      modulationStrength: NONE.floats,
    };
  }
  const floats = async (tensor: Tensor | undefined): Promise<Float32Array<ArrayBuffer>> =>
    tensor ? readFloats(plan, tensor) : NONE.floats;
  const pairs = new Uint32Array(await plan.read(merge.matching.pairs));
  const { pyra } = merge;
  return {
    tokens,
    source: new Uint32Array(await plan.read(merge.source)),
    size: await readFloats(plan, merge.sizeOut),
    mergedRow: Uint32Array.from({ length: merge.r }, (_, i) => 2 * (pairs[2 * i] ?? 0)),
    keptRow: Uint32Array.from({ length: merge.r }, (_, i) => 2 * (pairs[2 * i + 1] ?? 0) + 1),
    similarity: await readFloats(plan, merge.scores),
    pairModulation: pyra?.modulation.pairs ? await floats(pyra.gPairs) : NONE.floats,
    channelModulation: pyra?.modulation.channels ? await floats(pyra.gChannels) : NONE.floats,
    modulationStrength: await floats(merge.strength),
  };
}

async function readFloats(plan: Plan, tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
  return new Float32Array(await plan.read(tensor));
}
