import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resultsSchema } from '../../protocol/runs/run.js';
import { layoutFigure } from './layout.js';
import type { FigureStyle } from './parts.js';
import { pointsOf } from './points.js';

const STYLE: FigureStyle = {
  width: 400,
  height: 300,
  margin: { top: 20, right: 10, bottom: 40, left: 60 },
  font: 12,
  radius: 5,
  widthOf: (words, size) => words.length * size * 0.6,
};

test('error bars of speeds end at the axes, though the interval of a few measurements may reach below 0', () => {
  const { runs } = resultsSchema.parse(JSON.parse(readFileSync('public/study/runs.json', 'utf8')));
  const points = pointsOf(
    runs.filter(({ configuration }) => configuration.data === 'task:count'),
    'speed',
  );
  expect(points.some(({ across }) => across !== null && across.low < 0)).toBe(true);
  const { marks, right } = layoutFigure(points, 'speed', STYLE);
  for (const { across } of marks) {
    if (!across) continue;
    expect(across.from).toBeGreaterThanOrEqual(STYLE.margin.left);
    expect(across.to).toBeLessThanOrEqual(right);
    expect(across.to).toBeGreaterThan(across.from);
  }
});
