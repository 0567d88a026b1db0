import { buildPlan, type Autotuner } from '../gpu/autotuner.js';
import type { Plan } from '../gpu/plan.js';
import type { Tensor } from '../gpu/tensor.js';
import { recordForward } from './forward.js';
import { tokensAtStart, type BlockTape, type ForwardTape, type NetworkState } from './tape.js';
import { ReadbackRing } from './readback.js';
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
  const staged = new Staging(plan);
  const ring = new ReadbackRing(plan.gpu, staged.place([handles.tape.logits, ...tracedTensors(handles.tape)]));
  return {
    async trace(pixels) {
      const { queue } = plan.gpu.device;
      await queue.onSubmittedWorkDone();
      const began = performance.now();
      plan.write(handles.pixels, pixels);
      const staging = ring.take();
      plan.run({ seed: 0, number: 0, images: 1 }, (encoder) => staged.copy(encoder, staging));
      const bytes = await ring.read(staging);
      const milliseconds = performance.now() - began;
      const logits = staged.floats(bytes, handles.tape.logits).map((value) => value * handles.tape.logitScale);
      return { logits, blocks: readTraces(staged, bytes, tokensAtStart(state), handles.tape), milliseconds };
    },
    destroy: () => {
      plan.destroy();
      ring.destroy();
    },
  };
}

/** Tensors of a plan side by side in one buffer: everything comes back at once, however busy the GPU is with other plans. */
class Staging {
  private readonly offsets = new Map<Tensor, number>();

  constructor(private readonly plan: Plan) {}

  /** @returns the bytes that all of them take. */
  place(tensors: readonly Tensor[]): number {
    let end = 0;
    for (const tensor of tensors) {
      this.offsets.set(tensor, end);
      end += tensor.length * 4;
    }
    return end;
  }

  copy(encoder: GPUCommandEncoder, staging: GPUBuffer): void {
    for (const [tensor, offset] of this.offsets) {
      const range = this.plan.range(tensor);
      encoder.copyBufferToBuffer(range.buffer, range.offset, staging, offset, tensor.length * 4);
    }
  }

  floats(bytes: ArrayBuffer, tensor: Tensor): Float32Array<ArrayBuffer> {
    return new Float32Array(this.slice(bytes, tensor));
  }

  indices(bytes: ArrayBuffer, tensor: Tensor): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.slice(bytes, tensor));
  }

  private slice(bytes: ArrayBuffer, tensor: Tensor): ArrayBuffer {
    const offset = this.offsets.get(tensor) ?? 0;
    return bytes.slice(offset, offset + tensor.length * 4);
  }
}

/** What of a block's merge a trace shows, by the names of {@link BlockTrace}. */
function partsOf({ merge }: BlockTape) {
  if (!merge?.source) return null;
  const { pyra } = merge;
  return {
    source: merge.source,
    size: merge.sizeOut,
    pairs: merge.matching.pairs,
    similarity: merge.scores,
    pairModulation: pyra?.modulation.pairs ? pyra.gPairs : undefined,
    channelModulation: pyra?.modulation.channels ? pyra.gChannels : undefined,
    modulationStrength: merge.strength,
  };
}

function tracedTensors(tape: ForwardTape): Tensor[] {
  return tape.blocks.flatMap((block) => Object.values(partsOf(block) ?? {}).filter((tensor) => tensor !== undefined));
}

const NONE = { indices: new Uint32Array(0), floats: new Float32Array(0) };

function readTraces(staged: Staging, bytes: ArrayBuffer, initialTokens: number, tape: ForwardTape): BlockTrace[] {
  let source = Uint32Array.from({ length: initialTokens }, (_, i) => i);
  let size = new Float32Array(initialTokens).fill(1);
  const floats = (tensor: Tensor | undefined): Float32Array<ArrayBuffer> => (tensor ? staged.floats(bytes, tensor) : NONE.floats);
  return tape.blocks.map((block): BlockTrace => {
    const tokens = block.tokensOut;
    const parts = partsOf(block);
    if (!parts) {
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
    source = staged.indices(bytes, parts.source);
    size = staged.floats(bytes, parts.size);
    const pairs = staged.indices(bytes, parts.pairs);
    const r = pairs.length / 2;
    return {
      tokens,
      source,
      size,
      // The matching counts among even rows and among odd ones.
      mergedRow: Uint32Array.from({ length: r }, (_, i) => 2 * (pairs[2 * i] ?? 0)),
      keptRow: Uint32Array.from({ length: r }, (_, i) => 2 * (pairs[2 * i + 1] ?? 0) + 1),
      similarity: floats(parts.similarity),
      pairModulation: floats(parts.pairModulation),
      channelModulation: floats(parts.channelModulation),
      modulationStrength: floats(parts.modulationStrength),
    };
  });
}
