import { describe, expect, it } from 'vitest';
import { sketchRun } from '../testing/page/run-records.js';
import type { Configuration } from '../vit/configuration.js';
import type { Method } from '../vit/methods/index.js';
import { toCsv } from './csv.js';
import { differenceTables } from './differences.js';
import { compressionSvg } from './figure/print.js';
import { pointsOf } from './figure/points.js';
import { captionOf } from './figure/titles.js';
import { groupRuns } from './groups.js';
import { reportPage } from './page.js';
import { comparePairs, pooled } from './pairs.js';
import { resultRows, timingRows } from './tables.js';
import { VTAB_TASKS } from './vtab.js';

const run = (configuration: Partial<Configuration>, accuracy: number, more: Partial<Parameters<typeof sketchRun>[0]> = {}) =>
  sketchRun({ configuration, accuracy, ...more });

describe('groups', () => {
  it('runs that differ only in their seed are one group; of a seed the later run counts', () => {
    const records = [
      run({ method: 'pyra', schedule: 'high', seed: 1 }, 0.6),
      run({ method: 'pyra', schedule: 'high', seed: 0 }, 0.5),
      run({ method: 'pyra', schedule: 'high', seed: 0 }, 0.54, { change: { finished: '2026-01-02T00:00:00Z' } }),
      run({ method: 'pyra', schedule: 'low', seed: 0 }, 0.7),
    ];
    const [high, low] = groupRuns(records);
    expect(high?.runs.map((entry) => [entry.configuration.seed, entry.test?.accuracy])).toEqual([
      [0, 0.54],
      [1, 0.6],
    ]);
    expect(high?.accuracy).toBeCloseTo(0.57, 12);
    // Two values: t = 12.706 with one degree of freedom, standard error 0.03.
    expect(high?.interval.high).toBeCloseTo(0.57 + 12.706204736 * 0.03, 6);
    expect(high?.over).toBe('seeds');
    expect(low?.over).toBe('pictures');
    expect(low?.interval.low).toBeLessThan(0.7);
  });

  it('unfinished runs do not count, and without merging the schedule distinguishes no runs', () => {
    const plain = { method: 'none' } as const;
    const records = [
      run({ ...plain, schedule: 'none', seed: 0 }, 0.8),
      run({ ...plain, schedule: 'low', seed: 1 }, 0.8),
      run({ ...plain, seed: 2 }, 0.1, { change: { state: 'stopped' } }),
    ];
    expect(groupRuns(records).map((group) => group.runs.length)).toEqual([2]);
  });
});

describe('pairs', () => {
  const other = { dataFingerprint: { train: 'aa', validation: 'bb', test: 'other' } };
  const records = [
    run({ method: 'pyra', schedule: 'high', seed: 0, pyraLearningRate: 1e-2 }, 0.55, { loss: 1.1 }),
    run({ method: 'tome', schedule: 'high', seed: 0 }, 0.53, { loss: 1.2 }),
    run({ method: 'pyra', schedule: 'high', seed: 1 }, 0.56, { loss: 1 }),
    run({ method: 'tome', schedule: 'high', seed: 1 }, 0.57, { loss: 1 }),
    // The same seed on other pictures makes no pair, nor does another number of epochs.
    run({ method: 'pyra', schedule: 'high', seed: 2 }, 0.9, { change: other }),
    run({ method: 'tome', schedule: 'high', seed: 2 }, 0.1),
    run({ method: 'pyra', schedule: 'high', seed: 3, epochs: 5 }, 0.9),
    run({ method: 'tome', schedule: 'high', seed: 3 }, 0.1),
  ];

  it('are runs with the same seed, pictures and configuration, except for the method and its own rate', () => {
    const found = comparePairs(records, 'pyra', 'tome');
    expect(found.flatMap((comparison) => [...comparison.seeds])).toEqual([0, 1]);
    const { accuracy, loss, pairs } = pooled(found);
    expect(pairs).toBe(2);
    // The same run given twice makes no second pair.
    expect(pooled(comparePairs([...records, ...records], 'pyra', 'tome')).pairs).toBe(2);
    expect(accuracy?.value).toBeCloseTo(0.005, 12);
    expect(loss?.value).toBeCloseTo(-0.05, 12);
  });
});

describe('figure', () => {
  const axis = { measure: 'macs', block: null } as const;
  const records = [
    run({ method: 'none', schedule: 'none' }, 0.7, { macs: 2.5e8 }),
    run({ method: 'none', schedule: 'none', model: 'small' }, 0.6, { macs: 0.8e8 }),
    run({ method: 'tome', schedule: 'high' }, 0.55, { macs: 0.9e8 }),
    run({ method: 'pyra', schedule: 'high' }, 0.62, { macs: 0.9e8 }),
    run({ method: 'pyra', schedule: 'low' }, 0.69, { macs: 1.5e8 }),
  ];
  const points = pointsOf(records, axis.measure);

  it('names axis, part, number of pictures, data set, backbones and lines; no mark covers another, and words are outlines', () => {
    const svg = compressionSvg(points, axis, 'A "title" & more');
    expect(svg).toContain('aria-label="A &quot;title&quot; &amp; more"');
    for (const words of [
      'Test accuracy (n = 1000)',
      'GMACs of one forward',
      'texture (drawn) · bundled ViT, small · 64 px',
      'bundled ViT, no merging 70.0 %',
      'adverse compression',
      'high',
      'low',
    ]) {
      expect(svg).toContain(`<g aria-label="${words}" `);
    }
    expect(svg).not.toMatch(/<text|font-family/);
    const xs = [...svg.matchAll(/<circle cx="([\d.]+)" cy="[\d.]+" r="2.6" fill="[^"]+" stroke/g)].map((match) =>
      Number(match[1]),
    );
    // Five marks, and three signs of the legend at 4.
    const marks = xs.filter((x) => x !== 4).sort((a, b) => a - b);
    expect(marks).toHaveLength(5);
    expect(Math.min(...marks.slice(1).map((x, index) => x - marks[index]!))).toBeGreaterThan(6);
  });

  it('has a caption that says what the bars are, on how many pictures, which seeds, and the accuracy of chance', () => {
    const caption = captionOf(points, axis);
    expect(caption).toContain('(1000 test pictures, drawn anew for each seed)');
    expect(caption).toContain('Of seed 0.');
    expect(caption).toContain('over the test pictures (Wilson)');
    expect(caption).toContain('50.0 %');
    const more = [1, 2].map((seed) => run({ method: 'pyra', schedule: 'low', seed }, 0.7, { macs: 1.5e8 }));
    const two = captionOf(pointsOf([...records, ...more.slice(1)], 'macs'), axis);
    expect(two).toContain('Of seed 0; PYRA low: seeds 0, 2. Small dots: single seeds.');
    expect(two).toContain('the lower and the higher of two seeds;');
    expect(captionOf(pointsOf([...records, ...more], 'macs'), axis)).toContain('PYRA low: seeds 0–2.');
    const smaller = [0, 1].map((seed) => run({ method: 'none', schedule: 'none', imageSize: 48, seed }, 0.5, { macs: 0.6e8 }));
    const sizes = captionOf(pointsOf([...records, ...smaller], 'macs'), axis);
    expect(sizes).toContain('bundled ViT, small at 48 and 64 px.');
    expect(sizes).toContain('No merging (bundled ViT, 48 px): seeds 0, 1');
  });
});

describe('tables', () => {
  const records = [run({ seed: 10 }, 0.5), run({ seed: 9 }, 0.6), run({ seed: 9, data: 'a, b' }, 0.4)];

  it('do not depend on the order of runs, nor on times', () => {
    const later = records.map((record) => ({ ...record, started: '2027-01-01T00:00:00Z', id: 'other' }));
    expect(toCsv(resultRows(later.reverse()))).toBe(toCsv(resultRows(records)));
    expect(resultRows(records).map((cells) => cells[5])).toEqual(['seed', 9, 9, 10]);
  });

  it('of paired differences: PYRA’s first, then those of the controls, whatever the order of the runs', () => {
    const of = (method: Method, data: string, accuracy: number) => run({ method, data, schedule: 'high', seed: 1 }, accuracy);
    const made = [
      of('random', 'a', 0.4),
      of('pyra', 'b', 0.62),
      of('tome', 'a', 0.5),
      of('tome', 'b', 0.6),
      of('pyra', 'a', 0.51),
    ];
    const tables = differenceTables(made);
    expect(tables.map((rows) => rows.map((cells) => [cells[0], cells[2], cells[3]]))).toEqual([
      [
        ['PYRA minus ToMe', 'pairs', 'points'],
        ['a', '1', '+1.00'],
        ['b', '1', '+2.00'],
        ['together', '2', '+1.50'],
      ],
      [
        ['Random minus ToMe', 'pairs', 'points'],
        ['a', '1', '-10.00'],
      ],
    ]);
    expect(differenceTables([...made].reverse())).toEqual(tables);
    expect(differenceTables(records)).toEqual([]);
  });

  it('quote cells that would break a row', () => {
    expect(toCsv(resultRows(records))).toContain('"a, b",bundled');
    expect(toCsv([['a "b"', 'c\nd']])).toBe('"a ""b""","c\nd"\n');
    expect(timingRows(records)[0]).toContain('machine');
  });
});

describe('report', () => {
  it('is one self-contained file with every figure', () => {
    const seeds = [0, 1, 2];
    const records = ['cifar', 'kitti'].flatMap((data) =>
      seeds.flatMap((seed) => [
        run({ data, method: 'none', schedule: 'none', seed }, 0.7, { macs: 2e8 }),
        run({ data, method: 'tome', schedule: 'high', seed }, 0.55 + 0.01 * seed, { macs: 1e8 }),
        run({ data, method: 'pyra', schedule: 'high', seed }, 0.57 + 0.01 * seed, { macs: 1e8 }),
      ]),
    );
    const page = reportPage('A <study>', records, [{ caption: 'picture 1', svg: '<svg xmlns="http://www.w3.org/2000/svg"/>' }]);
    expect(page).toContain('<h1>A &lt;study&gt;</h1>');
    expect(page.match(/<svg /g)).toHaveLength(4);
    expect(page).toContain('PYRA minus ToMe');
    expect(page).toContain('+2.00');
    expect(page).toContain('together');
    expect(page).toContain('VTAB-1k');
    expect(page).toContain('72.06');
    expect(page).not.toMatch(/(?:src|href)=|https?:\/\/(?!www\.w3\.org)|@import|url\(/);
  });

  it("prints VTAB-1k's mean only if all its tasks were run", () => {
    const all = VTAB_TASKS.map(({ name }) => run({ data: name, method: 'pyra', schedule: 'low' }, 0.457));
    const meanCell = /<td class="n">45\.70<\/td><td class="n">74\.69<\/td>/;
    expect(reportPage('all', all)).toMatch(meanCell);
    expect(reportPage('some', all.slice(1))).not.toMatch(meanCell);
  });
});
