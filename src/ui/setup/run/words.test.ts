import { expect, it } from 'vitest';
import type { Progress } from '../../../store/progress/progress.js';
import { progressWords, sweepWords, titleOf } from './words.js';

const progress: Progress = {
  run: 'a',
  name: 'PYRA high, seed 0',
  phase: 'running',
  epoch: 3,
  epochs: 20,
  part: 0.124,
  secondsLeft: 133.4,
  sweepRun: null,
  sweepRuns: 0,
  sweepSecondsLeft: null,
};
const plain = (text: string | null): string | undefined => text?.replaceAll('\u00a0', ' ');

it('says the epoch, the share that is done and the time left, as far as they are known', () => {
  expect(plain(progressWords(progress))).toBe('Epoch 3 of 20 · 12 % · 2 min 10 s left');
  expect(plain(progressWords({ ...progress, secondsLeft: 8.3 }))).toBe('Epoch 3 of 20 · 12 % · 9 s left');
  expect(plain(progressWords({ ...progress, phase: 'paused', secondsLeft: null }))).toBe('Paused · Epoch 3 of 20 · 12 %');
});

it('says which run of the sweep trains', () => {
  expect(sweepWords(progress)).toBeNull();
  const swept = { ...progress, sweepRun: 2, sweepRuns: 6 };
  expect(plain(sweepWords(swept))).toBe('Run 2 of 6 in the sweep');
  expect(plain(sweepWords({ ...swept, sweepSecondsLeft: 844 }))).toBe('Run 2 of 6 in the sweep · about 14 min left for all');
});

it('begins the tab’s title with what changes', () => {
  expect(titleOf(null)).toBe('PYRA Playground');
  expect(plain(titleOf(progress))).toBe('12 % · 2 min 10 s left · PYRA Playground');
  expect(plain(titleOf({ ...progress, phase: 'paused', sweepRun: 2, sweepRuns: 6 }))).toBe(
    'Paused · 12 % · 2 min 10 s left · run 2 of 6 · PYRA Playground',
  );
});
