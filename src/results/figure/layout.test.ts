import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resultsSchema } from '../../protocol/runs/run.js';
import { layoutFigure } from './layout.js';
import type { FigureStyle } from './parts.js';
import { wordsWidth } from './labels.js';
import { MEASURES, pointsOf } from './points.js';

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

test.each(['task:count', 'task:texture', 'sign-digits.zip'])(
  'no words of the figures of %s stand over others or over a mark',
  (data) => {
    const { runs } = resultsSchema.parse(JSON.parse(readFileSync('public/study/runs.json', 'utf8')));
    const own = runs.filter(({ configuration }) => configuration.data === data);
    for (const measure of MEASURES) {
      for (const width of [380, 440, 700]) {
        const { words, marks } = layoutFigure(pointsOf(own, measure), measure, { ...STYLE, width, widthOf: wordsWidth });
        expect(words.length).toBeGreaterThan(3);
        for (const [index, { box, lines }] of words.entries()) {
          const said = `${lines.join(' ')}, ${measure}, ${width}`;
          const inside = (x: number, y: number): boolean =>
            x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
          expect(marks.filter(({ x, y }) => inside(x, y)).length, said).toBe(0);
          const others = words.slice(index + 1).map((other) => other.box);
          const apart = (other: typeof box): boolean =>
            other.x >= box.x + box.width ||
            box.x >= other.x + other.width ||
            other.y >= box.y + box.height ||
            box.y >= other.y + other.height;
          expect(others.every(apart), said).toBe(true);
        }
      }
    }
  },
);
