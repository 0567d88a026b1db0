import type { RunRecord } from '../protocol/runs/run.js';
import { spoken } from '../vit/names/notation.js';
import { METHODS, PROPOSED, TRAINING_FREE, methodUnit, type Method } from '../vit/methods/index.js';
import { compressionSvg } from './figure/print.js';
import { captionOf, type Axis } from './figure/titles.js';
import { paretoFront, pointName, pointsOf, referencesOf, type Point } from './figure/points.js';
import { groupRuns, type RunGroup } from './groups.js';
import { mcNemar, pairedDifference, type Disagreement, type Interval } from './intervals.js';
import { METHOD_COLOURS } from './method-colours.js';
import { wordsHtml, wordsSvg } from './words/set-words.js';
import { comparePairs, pooled, type PairedComparison } from './pairs.js';
import { PAPER_VIT_B, VTAB_GROUPS, VTAB_TASKS, vtabMeans, vtabTask } from './vtab.js';
import { balancedAccuracy, isUnbalanced, macroF1 } from './scores.js';
import { escapeXml } from './xml.js';

/** The merge map of a picture, as the text of an SVG file. */
export interface ReportMap {
  readonly caption: string;
  readonly svg: string;
}

const percent = (value: number, places = 1): string => `${(value * 100).toFixed(places)} %`;
const points = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value * 100).toFixed(2)}`;
const cell = (words: string, number = false): string => `<td${number ? ' class="n"' : ''}>${wordsHtml(words)}</td>`;
const row = (cells: readonly string[]): string => `<tr>${cells.join('')}</tr>`;
const head = (names: readonly string[]): string =>
  `<thead><tr>${names.map((name) => `<th>${escapeXml(name)}</th>`).join('')}</tr></thead>`;

const STYLE = `
body { font: 15px/1.5 Inter, Helvetica, Arial, sans-serif; color: #1a1a1a; background: #fff; max-width: 920px; margin: 32px auto; padding: 0 16px; }
h1 { font-size: 24px; } h2 { font-size: 18px; margin-top: 40px; border-top: 1px solid #ddd; padding-top: 16px; } h3 { font-size: 15px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 8px 0; } th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid #eee; }
td.n { text-align: right; } figure { margin: 16px 0; } svg { max-width: 100%; height: auto; } .curve svg { width: 640px; } figcaption, .note { color: #555; font-size: 13px; max-width: 70ch; }
.maps { display: flex; flex-wrap: wrap; gap: 16px; } .maps figure { width: 200px; margin: 0; }`;

/**
 * A report of runs as one self-contained HTML file: for each data set the figure, the Pareto front and the paired differences between
 * PYRA and ToMe; then all data sets side by side, and VTAB-1k's table if its tasks were run.
 */
export function reportPage(title: string, records: readonly RunRecord[], maps: readonly ReportMap[] = []): string {
  const groups = groupRuns(records);
  const names = [...new Set(groups.map((group) => dataOf(group)))].sort();
  const comparisons = comparePairs(records, PROPOSED, TRAINING_FREE);
  const body = [
    `<h1>${escapeXml(title)}</h1>`,
    `<p class="note">${escapeXml(summary(records))}</p>`,
    differences(comparisons),
    ...names.map((name) =>
      dataSection(
        name,
        groups.filter((group) => dataOf(group) === name),
        finishedPoints(records, name),
      ),
    ),
    names.length > 1 ? taskBars(groups, names) : '',
    vtabTable(groups),
    mapSection(maps),
  ];
  return `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeXml(title)}</title><style>${STYLE}</style></head>\n<body>\n${body.filter((part) => part !== '').join('\n')}\n</body>\n</html>\n`;
}

const dataOf = (group: RunGroup): string => group.runs[0]?.configuration.data ?? '';
const methodOf = (group: RunGroup): Method => group.runs[0]?.configuration.method ?? METHODS[0]!;
const scheduleOf = (group: RunGroup): string => group.runs[0]?.configuration.schedule ?? '';

function summary(records: readonly RunRecord[]): string {
  const finished = records.filter(({ state }) => state === 'finished').length;
  const other = records.length - finished;
  const machines = [...new Set(records.map(({ adapter }) => adapter.name))].sort();
  const models = [...new Set(records.map(({ configuration }) => configuration.model))].sort();
  return `${finished} finished runs${other > 0 ? `, ${other} that did not finish and count in nothing here` : ''}. Backbones: ${models.join(', ')}. Computed on ${machines.join(', ')}.`;
}

/** The axis of costs, which are the same on every machine. */
export const COST: Axis = { measure: 'macs', block: null };

/** The points of a data set's finished runs with a test result. */
export const finishedPoints = (records: readonly RunRecord[], data: string): Point[] =>
  pointsOf(
    records.filter(({ state, test, configuration }) => state === 'finished' && test !== null && configuration.data === data),
    COST.measure,
  );

function dataSection(name: string, groups: readonly RunGroup[], points: readonly Point[]): string {
  const front = new Set(paretoFront(points, COST.measure).flatMap(({ runs }) => runs.map(({ id }) => id)));
  const sorted = [...groups].sort((a, b) => METHODS.indexOf(methodOf(a)) - METHODS.indexOf(methodOf(b)) || b.gmacs - a.gmacs);
  const confusion = groups[0]?.runs[0]?.test?.confusion ?? [];
  const unbalanced = isUnbalanced(confusion);
  const rows = sorted.map((group) =>
    row([
      cell(`${methodUnit(methodOf(group)).label}${group.runs[0]?.configuration.protocol === 'released' ? ' (released)' : ''}`),
      cell(scheduleOf(group)),
      cell(group.runs[0]?.configuration.model ?? ''),
      cell(group.gmacs.toPrecision(3), true),
      cell(percent(group.accuracy, 2), true),
      cell(`${percent(group.interval.low)} to ${percent(group.interval.high)}`, true),
      cell(String(group.runs.length), true),
      ...(unbalanced ? [cell(meanScore(group, balancedAccuracy), true), cell(meanScore(group, macroF1), true)] : []),
      cell(group.runs.some(({ id }) => front.has(id)) ? 'yes' : ''),
    ]),
  );
  const columns = [
    'method',
    'schedule',
    'backbone',
    'GMACs',
    'accuracy',
    '95 % interval',
    'seeds',
    ...(unbalanced ? ['balanced accuracy', 'macro F1'] : []),
    'Pareto front',
  ];
  return [
    `<h2>${escapeXml(name)}</h2>`,
    `<figure class="curve">${compressionSvg(points, COST, `Accuracy over cost, ${name}`)}<figcaption>${wordsHtml(captionOf(points, COST))}</figcaption></figure>`,
    `<table>${head(columns)}<tbody>${rows.join('')}</tbody></table>`,
    `<p class="note">${wordsHtml([...adverseSentences(points), ...protocolSentences(groups)].join(' '))}</p>`,
  ].join('\n');
}

const meanScore = (group: RunGroup, score: (confusion: readonly (readonly number[])[]) => number): string => {
  const scores = group.runs.flatMap(({ test }) => (test ? [score(test.confusion)] : []));
  return percent(scores.reduce((sum, value) => sum + value, 0) / scores.length, 2);
};

/** Names the compressed networks that a smaller one without merging beats in both cost and accuracy. */
function adverseSentences(points: readonly Point[]): string[] {
  const { smaller } = referencesOf(points);
  if (!smaller) return ['No smaller network without merging was run, so adverse compression cannot be told.'];
  const { x, y } = smaller.point;
  const beaten = points.filter((point) => point !== smaller.point && point.x >= x && point.y < y);
  if (beaten.length === 0) return ['None is compressed adversely: the smaller network beats none in both cost and accuracy.'];
  return [`Compressed adversely, dearer and less accurate than the smaller network: ${beaten.map(pointName).join(', ')}.`];
}

/** Explains runs whose epoch was not chosen by validation pictures. */
function protocolSentences(groups: readonly RunGroup[]): string[] {
  const used = new Set(groups.map(({ runs }) => runs[0]?.configuration.protocol));
  return [
    ...(used.has('released')
      ? [
          'Marked “released”: the best of repeated measurements of the test part, as PYRA’s script reports it, which is above what other pictures would give.',
        ]
      : []),
    ...(used.has('published')
      ? ['Trained on the training and validation parts, the last epoch tested once, as VTAB-1k was published.']
      : []),
  ];
}

const within = (interval: Interval | null, scale: (value: number) => string): string =>
  interval ? `${scale(interval.low)} to ${scale(interval.high)}` : 'one pair: none';

function overPictures(pictures: Disagreement | null): string[] {
  if (!pictures) return [cell(''), cell('')];
  const { low, high } = pairedDifference(pictures);
  const p = mcNemar(pictures);
  return [cell(`${points(low)} to ${points(high)}`, true), cell(p < 0.001 ? 'below 0.001' : p.toFixed(3), true)];
}

function differences(comparisons: readonly PairedComparison[]): string {
  if (comparisons.length === 0) return '';
  const nats = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const entry = (name: string, schedule: string, all: readonly PairedComparison[]): string => {
    const { accuracy, loss, pictures, pairs } = pooled(all);
    return row([
      cell(name),
      cell(schedule),
      cell(points(mean(all.flatMap(({ accuracies }) => accuracies))), true),
      cell(within(accuracy, points), true),
      cell(nats(mean(all.flatMap(({ losses }) => losses))), true),
      cell(within(loss, nats), true),
      ...overPictures(pictures),
      cell(String(pairs), true),
    ]);
  };
  const schedules = [...new Set(comparisons.map(({ schedule }) => schedule))].sort();
  const rows = schedules.flatMap((schedule) => {
    const own = comparisons.filter((comparison) => comparison.schedule === schedule);
    return [
      ...own.map((comparison) => entry(comparison.data, schedule, [comparison])),
      ...(own.length > 1 ? [entry('together', schedule, own)] : []),
    ];
  });
  const columns = [
    'data set',
    'schedule',
    'accuracy, points',
    '95 % interval',
    'loss, nats',
    '95 % interval',
    'over pictures',
    'McNemar p',
    'pairs',
  ];
  return [
    `<h2>${wordsHtml(`${methodUnit(PROPOSED).label} minus ${methodUnit(TRAINING_FREE).label}`)}</h2>`,
    `<table>${head(columns)}<tbody>${rows.join('')}</tbody></table>`,
    '<p class="note">Paired: the two runs of a pair share seed, initial weights, batches, dropout masks and pictures. Intervals of the mean over pairs by Student’s t, which say what other seeds would give; over the pairs’ test pictures the 95 % interval of the same difference, which says what other pictures would, and McNemar’s exact test. Accuracy above zero and loss below zero speak for the first.</p>',
  ].join('\n');
}

/** Bars of each method's accuracy on each data set, at the cheapest of the schedules that most runs have. */
function taskBars(groups: readonly RunGroup[], names: readonly string[]): string {
  const schedules = [...new Set(groups.map(scheduleOf))].filter((schedule) => schedule !== 'none');
  const counted = schedules.map((schedule) => ({ schedule, own: groups.filter((group) => scheduleOf(group) === schedule) }));
  const chosen = counted.sort((a, b) => b.own.length - a.own.length || (a.own[0]?.gmacs ?? 0) - (b.own[0]?.gmacs ?? 0))[0];
  if (!chosen) return '';
  const methods = METHODS.filter((method) => chosen.own.some((group) => methodOf(group) === method));
  const thick = 12;
  const block = methods.length * thick + 14;
  const [left, width] = [170, 640];
  const bars = names.flatMap((name, index) => {
    const top = index * block;
    const own = methods.map((method, line) => {
      const group = chosen.own.find((entry) => dataOf(entry) === name && methodOf(entry) === method);
      if (!group) return '';
      const length = group.accuracy * (width - left - 70);
      const y = top + line * thick;
      return `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${thick - 2}" fill="${METHOD_COLOURS[method].paper}"><title>${escapeXml(spoken(methodUnit(method).label))}</title></rect><text x="${(left + length + 6).toFixed(1)}" y="${y + 9}" font-size="10">${percent(group.accuracy)} ${wordsSvg(methodUnit(method).label)}</text>`;
    });
    return [
      `<text x="${left - 8}" y="${top + block / 2 - 4}" text-anchor="end" font-size="12">${escapeXml(name)}</text>`,
      ...own,
    ];
  });
  const height = names.length * block;
  return `<h2>By data set, schedule ${escapeXml(chosen.schedule)}</h2>\n<figure><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Accuracy by data set" font-family="Inter, Helvetica, Arial, sans-serif">${bars.join('')}</svg></figure>`;
}

const paperAccuracy = (method: Method, schedule: string): string => {
  const found = PAPER_VIT_B.find((entry) => entry.method === method && entry.rate === schedule);
  return found ? found.accuracy.toFixed(2) : '';
};

/** VTAB-1k's table as in papers, a row for each method and rate; empty if no data set is one of its tasks. */
function vtabTable(groups: readonly RunGroup[]): string {
  const vtab = groups.filter((group) => vtabTask(dataOf(group)));
  const tasks = VTAB_TASKS.filter(({ name }) => vtab.some((group) => vtabTask(dataOf(group))?.name === name));
  if (tasks.length === 0) return '';
  const rows = new Map<string, RunGroup[]>();
  for (const group of vtab) {
    const key = JSON.stringify([methodOf(group), scheduleOf(group), group.runs[0]?.configuration.model]);
    rows.set(key, [...(rows.get(key) ?? []), group]);
  }
  const mean = (value: number | null): string => (value === null ? '' : (value * 100).toFixed(2));
  const lines = [...rows.values()].map((own) => {
    const accuracies = new Map(own.map((group) => [vtabTask(dataOf(group))?.name ?? '', group.accuracy]));
    const means = vtabMeans(accuracies);
    const [first] = own;
    const [method, schedule] = first ? [methodOf(first), scheduleOf(first)] : [METHODS[0]!, ''];
    return row([
      cell(methodUnit(method).label),
      cell(schedule),
      ...tasks.map(({ name }) => cell(((accuracies.get(name) ?? NaN) * 100).toFixed(1).replace('NaN', ''), true)),
      ...VTAB_GROUPS.map((group) => cell(mean(means.groups[group]), true)),
      cell(mean(means.mean), true),
      cell(paperAccuracy(method, schedule), true),
    ]);
  });
  const columns = ['method', 'rate', ...tasks.map(({ name }) => name), ...VTAB_GROUPS, 'mean', 'paper, ViT-B/16'];
  return `<h2>VTAB-1k</h2>\n<div style="overflow-x:auto"><table>${head(columns)}<tbody>${lines.join('')}</tbody></table></div>\n<p class="note">Accuracy in per cent. The mean is over the three groups’ means and stands only where all 19 tasks were run. The paper’s column is its mean for ViT-B/16 with LoRA, to stand beside, on its own backbone and hardware.</p>`;
}

function mapSection(maps: readonly ReportMap[]): string {
  if (maps.length === 0) return '';
  const figures = maps.map(({ caption, svg }) => `<figure>${svg}<figcaption>${wordsHtml(caption)}</figcaption></figure>`);
  return `<h2>What merged</h2>\n<div class="maps">${figures.join('')}</div>`;
}
