import type { Machine, OperationTime, Program, Progress } from '../plan/machine.js';
import { recordForward } from './forward.js';
import { logitScale } from './parts/head.js';
import { Planned } from './planned.js';
import type { NetworkState } from './state.js';
import type { Evaluator, PixelBatch } from './types.js';

/** The forward of a batch of pictures, with the output `logits`. */
export function evaluationProgram(state: NetworkState, batch: number): Program {
  return {
    label: 'evaluate',
    images: batch,
    record: (recorder, images) => {
      recorder.output('logits', recordForward(recorder, state, { images, form: 'bytes', training: false }));
    },
  };
}

export async function createEvaluator(
  machine: Machine,
  state: NetworkState,
  batch: number,
  onProgress?: Progress,
): Promise<Evaluator> {
  return new PlannedEvaluator(await machine.compile(evaluationProgram(state, batch), onProgress), state);
}

class PlannedEvaluator extends Planned implements Evaluator {
  async logits({ pixels, count }: PixelBatch): Promise<Float32Array<ArrayBuffer>> {
    const { classes } = this.state.options;
    const step = { seed: 0, number: 0, images: count };
    const [logits] = await this.plan.run({ step, inputs: { pixels }, read: ['logits'] });
    const values = new Float32Array(logits ?? new ArrayBuffer(0)).slice(0, count * classes);
    const scale = logitScale(this.state);
    return scale === 1 ? values : values.map((value) => value * scale);
  }

  profile({ pixels, count }: PixelBatch): Promise<readonly OperationTime[]> {
    return this.plan.profile({ step: { seed: 0, number: 0, images: count }, inputs: { pixels } });
  }
}
