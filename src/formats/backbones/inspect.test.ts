import { expect, it } from 'vitest';
import { fill, fixture, model } from '../fixtures/model.js';
import { inspectWeights } from './inspect.js';
import { byteSourceFromBytes, writeSafetensors } from '../../containers/safetensors/safetensors.js';

it('says what a good file is', async () => {
  const report = await inspectWeights([fixture('augreg.npz')]);
  expect(report).toMatchObject({
    container: 'npz',
    format: 'AugReg npz',
    problems: [],
    architecture: { heads: 2 },
    parameters: 1547,
  });
  expect(report.tensors.find(({ name }) => name === 'opt/target/embedding/kernel')).toEqual({
    name: 'opt/target/embedding/kernel',
    type: 'F32',
    shape: [4, 4, 3, 8],
  });
});

it('lists every problem, not the first only', async () => {
  const tensors = model();
  tensors.delete('blocks.0.norm1.weight');
  tensors.set('blocks.1.mlp.fc1.bias', fill([5], 0));
  tensors.set('norm.bias', { shape: [8], data: new Float32Array([NaN, 1, 2, 3, Infinity, 5, 6, 7]) });
  const report = await inspectWeights([byteSourceFromBytes('m', writeSafetensors(tensors, { num_heads: '2' }))]);
  expect(report.problems.map(({ code, subject }) => [code, subject])).toEqual([
    ['weights.missing-tensor', 'blocks.0.norm1.weight'],
    ['weights.wrong-shape', 'blocks.1.mlp.fc1.bias'],
    ['file.damaged', 'norm.bias'],
  ]);
  expect(report.problems[2]?.message).toContain('2 of 8');
});

it('still lists the tensors of a file that cannot be used, and does not reject for one that cannot be opened', async () => {
  const unknown = await inspectWeights([fixture('parameters.pth')]);
  expect(unknown.tensors).toHaveLength(32);
  expect(unknown.problems).toMatchObject([{ code: 'option.invalid', subject: 'heads' }]);
  expect((await inspectWeights([fixture('names-os-system.pth')])).problems).toMatchObject([{ subject: 'os.system' }]);
  expect((await inspectWeights([])).problems).toMatchObject([{ code: 'usage' }]);
});
