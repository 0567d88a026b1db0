import { buildPlan, type Autotuner } from '../gpu/autotuner.js';
import type { Plan } from '../gpu/plan.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';
import { recordForward } from './forward.js';
import type { NetworkState } from './tape.js';
import { ReadbackRing } from './readback.js';
import type { Evaluator, PixelBatch } from './types.js';

/** Records the forward of a batch of pictures. */
export function recordEvaluation(recorder: PlanRecorder, state: NetworkState, batch: number) {
  const { imageSize } = state.options;
  const pixels = recorder.keep(recorder.tensor('pixels', batch * imageSize * imageSize));
  const tape = recordForward(recorder, state, { images: batch, input: { form: 'bytes', tensor: pixels }, training: false });
  recorder.keep(tape.logits);
  return { pixels, logits: tape.logits, scale: tape.logitScale };
}

export async function createEvaluator(
  tuner: Autotuner,
  state: NetworkState,
  batch: number,
  onProgress?: (done: number, total: number) => void,
): Promise<Evaluator> {
  const { options } = state;
  const { plan, handles } = await buildPlan(
    tuner,
    'evaluate',
    (recorder) => recordEvaluation(recorder, state, batch),
    onProgress,
  );
  return new PlannedEvaluator(plan, handles, options.classes, batch);
}

class PlannedEvaluator implements Evaluator {
  private readonly ring: ReadbackRing;

  constructor(
    private readonly plan: Plan,
    private readonly handles: { readonly pixels: Tensor; readonly logits: Tensor; readonly scale: number },
    private readonly classes: number,
    readonly batch: number,
  ) {
    this.ring = new ReadbackRing(plan.gpu, batch * classes * 4);
  }

  get macs(): number {
    return this.plan.macs;
  }

  get bytes(): number {
    return this.plan.bytes;
  }

  async logits(batch: PixelBatch): Promise<Float32Array<ArrayBuffer>> {
    const { plan, handles } = this;
    plan.write(handles.pixels, batch.pixels);
    const staging = this.ring.take();
    plan.run({ seed: 0, number: 0, images: batch.count }, (encoder) => {
      const logits = plan.range(handles.logits);
      encoder.copyBufferToBuffer(logits.buffer, logits.offset, staging, 0, this.batch * this.classes * 4);
    });
    const values = new Float32Array(await this.ring.read(staging)).slice(0, batch.count * this.classes);
    return handles.scale === 1 ? values : values.map((value) => value * handles.scale);
  }

  destroy(): void {
    this.plan.destroy();
    this.ring.destroy();
  }
}
