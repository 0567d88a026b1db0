import type { Autotuner } from '../gpu/autotuner.js';
import { buildPlan } from '../gpu/autotuner.js';
import type { Plan } from '../gpu/plan.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';
import { recordCrossEntropy } from '../operations/loss.js';
import { ADAMW, recordAdamW } from '../operations/optimizer.js';
import { recordBackward } from './backward.js';
import { recordForward } from './forward.js';
import type { ForwardOptions, ForwardTape, NetworkState, PictureInput } from './tape.js';
import { ReadbackRing } from './readback.js';
import type { StepRates, StepResult, Trainer, TrainingBatch } from './types.js';

export interface TrainingHandles {
  readonly pixels: Tensor;
  readonly labels: Tensor;
  readonly result: Tensor;
  readonly tape: ForwardTape;
}

/** Records a whole training step: forward, loss, backward, AdamW. */
export function recordTrainingStep(
  plan: PlanRecorder,
  state: NetworkState,
  batch: number,
  form: PictureInput['form'],
  keepBlocks = false,
): TrainingHandles {
  const { options, trained } = state;
  const side = options.imageSize;
  const pixels = plan.keep(plan.tensor('pixels', batch * side * side * (form === 'bytes' ? 1 : 3)));
  const labels = plan.keep(plan.tensor('labels', batch));
  const result = plan.keep(plan.tensor('result', 2));
  const forward: ForwardOptions = {
    images: batch,
    input: { form, tensor: pixels },
    training: true,
    recompute: options.recompute === true,
    keepBlocks,
    trace: keepBlocks,
  };
  const tape = recordForward(plan, state, forward);
  if (keepBlocks) plan.keep(tape.logits);
  const dlogits = plan.tensor('d logits', batch * options.classes);
  recordCrossEntropy(plan, {
    label: 'loss',
    logits: tape.logits,
    labels,
    scale: tape.logitScale,
    dlogits,
    result,
    health: trained.health,
    batch,
    classes: options.classes,
  });
  recordBackward(plan, state, tape, forward, dlogits);
  recordAdamW(plan, { label: 'AdamW', ...trained.optimizer });
  return { pixels, labels, result, tape };
}

/** The values of one step's uniforms: AdamW's bias corrections come from the step's number. */
export function stepValues(seed: number, images: number, rates: StepRates) {
  const t = rates.number + 1;
  return {
    seed,
    number: rates.number,
    images,
    correction1: 1 - ADAMW.beta1 ** t,
    correction2: 1 - ADAMW.beta2 ** t,
    rates: [rates.learningRate, rates.pyraLearningRate] as const,
    decay: rates.weightDecay,
  };
}

/** Bytes of loss, hits and health that come back from each step. */
const RESULT_BYTES = 12;

export async function createTrainer(
  tuner: Autotuner,
  state: NetworkState,
  batch: number,
  onProgress?: (done: number, total: number) => void,
): Promise<Trainer> {
  const { plan, handles } = await buildPlan(
    tuner,
    'train',
    (recorder) => recordTrainingStep(recorder, state, batch, 'bytes'),
    onProgress,
  );
  return new PlannedTrainer(plan, handles, state, batch);
}

class PlannedTrainer implements Trainer {
  private readonly ring: ReadbackRing;

  constructor(
    private readonly plan: Plan,
    private readonly handles: TrainingHandles,
    private readonly state: NetworkState,
    readonly batch: number,
  ) {
    this.ring = new ReadbackRing(plan.gpu, RESULT_BYTES);
  }

  get macs(): number {
    return this.plan.macs;
  }

  get dispatches(): number {
    return this.plan.dispatches;
  }

  get bytes(): number {
    return this.plan.bytes;
  }

  async step(batch: TrainingBatch, rates: StepRates): Promise<StepResult> {
    const { plan, handles, state } = this;
    plan.write(handles.pixels, batch.pixels);
    plan.write(handles.labels, batch.labels);
    const staging = this.ring.take();
    const health = state.trained.health.external;
    plan.run(stepValues(state.options.seed, batch.count, rates), (encoder) => {
      const result = plan.range(handles.result);
      encoder.copyBufferToBuffer(result.buffer, result.offset, staging, 0, 8);
      if (health) encoder.copyBufferToBuffer(health.buffer, health.offset, staging, 8, 4);
    });
    const bytes = await this.ring.read(staging);
    const [loss = NaN, correct = NaN] = new Float32Array(bytes, 0, 2);
    const [unhealthy = 1] = new Uint32Array(bytes, 8, 1);
    return { loss, correct, count: batch.count, finite: unhealthy === 0 };
  }

  destroy(): void {
    this.plan.destroy();
    this.ring.destroy();
  }
}
