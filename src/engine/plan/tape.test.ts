import { describe, expect, it } from 'vitest';
import { layerNorm } from '../operations/layer-norm.js';
import { linear } from '../operations/linear.js';
import { crossEntropy } from '../operations/loss.js';
import type { Operation } from './operation.js';
import { Recorder } from './record.js';
import { recordBackward } from './tape.js';
import { sketchStorage, viewOf, type Tensor } from './tensor.js';

const WIDTH = 4;

function storage(label: string, length: number): Tensor {
  return viewOf(sketchStorage({ label, role: 'frozen', type: 'f32', length }));
}

function trained(label: string, length: number): Tensor {
  return { ...storage(label, length), gradient: storage(`d ${label}`, length) };
}

interface Layers {
  /** For each layer, whether its weight is trained. */
  readonly learns: readonly boolean[];
  /** Whether layers are segments that are recorded again. */
  readonly recompute?: boolean;
}

/** Layers of x + W gelu(V norm(x)), each a segment, and a loss. */
function record({ learns, recompute = false }: Layers): readonly Operation[] {
  const recorder = new Recorder();
  const shape = { rows: 2, columns: WIDTH, depth: WIDTH };
  let x = recorder.input('x', 2 * WIDTH, 'f32');
  for (const [index, own] of learns.entries()) {
    x = recorder.segment(() => {
      const [gamma, beta] = [storage('gamma', WIDTH), storage('beta', WIDTH)];
      const { y } = layerNorm(recorder, { label: `norm ${index}`, x, gamma, beta, channels: WIDTH, epsilon: 1e-6 });
      const inner = storage('V', WIDTH * WIDTH);
      const hidden = linear(recorder, { label: `V ${index}`, a: y, weight: inner, activation: 'gelu', ...shape });
      const weight = own ? trained('W', WIDTH * WIDTH) : storage('W', WIDTH * WIDTH);
      return linear(recorder, { label: `W ${index}`, a: hidden, weight, residual: x, ...shape });
    });
  }
  const labels = recorder.input('labels', 2, 'u32');
  const result = storage('result', 2);
  crossEntropy(recorder, { label: 'loss', logits: x, labels, result, images: 2, classes: WIDTH, scale: 1 });
  recordBackward(recorder, { recompute });
  return recorder.finish().operations;
}

const labelsOf = (operations: readonly Operation[]): string[] => operations.map(({ label }) => label);
const named = (operations: readonly Operation[], label: string) => operations.filter((operation) => operation.label === label);

describe('the tape', () => {
  it('gives no gradient to tensors that depend on no trained weight, and keeps nothing for it', () => {
    const operations = record({ learns: [false, true, false] });
    const backward = labelsOf(operations).filter((label) => label.startsWith('d '));
    expect(backward).toEqual(['d W 2', 'd V 2', 'd norm 2', 'd W 1 weight']);
    const saves = ({ tensors }: Operation): boolean => 'stats' in tensors || 'before' in tensors;
    expect(labelsOf(operations.filter(saves)).filter((label) => !label.startsWith('d '))).toEqual(['norm 2', 'V 2']);
  });

  it('records nothing where no weight is trained', () => {
    expect(labelsOf(record({ learns: [false, false] })).filter((label) => label.startsWith('d '))).toEqual([]);
  });

  it('adds gradients where they meet: the norm’s to the residual’s; and applies the activation’s derivative in the layer after it', () => {
    const operations = record({ learns: [true, true] });
    const [norm] = named(operations, 'd norm 1');
    const [outer] = named(operations, 'd W 1');
    if (norm?.definition.kind !== 'layerNormBackward' || outer?.definition.kind !== 'linearBackward') throw new Error('missing');
    expect(norm.tensors).toHaveProperty('passing.label', 'd W 1');
    expect(outer.call).toMatchObject({ activation: 'gelu' });
    expect(outer.tensors).toHaveProperty('before');
  });

  it('records every segment but the last again before its backward, with only what the backward reads', () => {
    const operations = record({ learns: [true, true, true], recompute: true });
    const counts = new Map<string, number>();
    for (const label of labelsOf(operations)) counts.set(label, (counts.get(label) ?? 0) + 1);
    expect(['norm 0', 'V 0', 'W 0'].map((label) => counts.get(label))).toEqual([2, 2, 1]);
    expect(['norm 2', 'V 2', 'W 2'].map((label) => counts.get(label))).toEqual([1, 1, 1]);
    const [first, second] = named(operations, 'V 1');
    expect(first?.tensors).not.toHaveProperty('before');
    expect(second?.tensors).toHaveProperty('before');
  });

  it('refuses a trained weight that is used twice, since its gradients would not be added', () => {
    const recorder = new Recorder();
    const weight = trained('tied', WIDTH * WIDTH);
    const shape = { rows: 2, columns: WIDTH, depth: WIDTH };
    const a = linear(recorder, { label: 'one', a: recorder.input('x', 2 * WIDTH, 'f32'), weight, ...shape });
    const logits = linear(recorder, { label: 'two', a, weight, ...shape });
    const labels = recorder.input('labels', 2, 'u32');
    crossEntropy(recorder, { label: 'loss', logits, labels, result: storage('result', 2), images: 2, classes: WIDTH, scale: 1 });
    expect(() => recordBackward(recorder)).toThrow('tied: it is used twice');
  });
});

describe('a record', () => {
  it('leaves out what nothing reads', () => {
    const recorder = new Recorder();
    const x = recorder.input('x', 2 * WIDTH, 'f32');
    const shape = { rows: 2, columns: WIDTH, depth: WIDTH };
    const wanted = linear(recorder, { label: 'wanted', a: x, weight: storage('W', 16), activation: 'gelu', ...shape });
    linear(recorder, { label: 'idle', a: wanted, weight: storage('W', 16), ...shape });
    recorder.output('out', wanted);
    const { operations } = recorder.finish();
    expect(labelsOf(operations)).toEqual(['wanted']);
    expect(operations[0]?.tensors).not.toHaveProperty('before');
  });
});
