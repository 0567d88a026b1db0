import type { RunRecord } from '../../protocol/runs/run.js';
import { methodUnit, reduces } from '../../vit/methods/index.js';
import { wordPieces } from '../../vit/names/notation.js';
import { differenceTable } from '../differences.js';
import { dataName, listed, modelName } from '../words/names.js';
import { balancedAccuracy, isUnbalanced, macroF1 } from '../scores.js';
import { scheduleOfPoint, seedsOf, speedOf, type Point } from './points.js';
import { captionOf, type Axis } from './titles.js';

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '−': '$-$',
  '–': '--',
  '·': '$\\cdot$',
  '“': '``',
  '”': "''",
  '’': "'",
};

/** Escapes text for a LaTeX document. */
export const escapeLatex = (text: string): string =>
  text.replace(/[\\~^±−–·“”’&%$#_{}]/g, (sign) => SPECIAL[sign] ?? `\\${sign}`);

/** Escapes text in which methods' names are set as notation: `PYRA $g_D$`. */
export const wordsLatex = (text: string): string =>
  wordPieces(text)
    .map(({ tag, text: piece }) => {
      const escaped = escapeLatex(piece);
      return tag === 'span' ? escaped : tag === 'i' ? `$${escaped}$` : `$${tag === 'sub' ? '_' : '^'}{${escaped}}$`;
    })
    .join('')
    // One formula, not two beside each other.
    .replaceAll(/(\w)\$\$([_^])/g, '$1$2');

/** Hyphens before numbers as true minus signs. */
const withMinus = (text: string): string => text.replace(/(?<=^| )-(?=\d)/g, '−');

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const points = (value: number): string => (100 * value).toFixed(2);

/** Accuracy in per cent with its uncertainty: half the t interval, the range of two seeds, or half of Wilson's interval. */
function accuracyCell({ y, interval, over }: Point): string {
  if (over === 'two seeds') return `${points(y)} (${points(interval.low)}--${points(interval.high)})`;
  return `${points(y)} $\\pm$ ${points((interval.high - interval.low) / 2)}`;
}

interface Column {
  readonly head: string;
  readonly align: 'l' | 'r';
  cell(point: Point): string;
}

function columnsOf(all: readonly Point[]): Column[] {
  const tests = all.flatMap(({ runs }) => runs.flatMap(({ test }) => (test ? [test] : [])));
  const models = new Set(all.flatMap(({ runs }) => runs.map(({ configuration }) => configuration.model)));
  const score = (point: Point, of: (confusion: readonly (readonly number[])[]) => number): string =>
    points(mean(point.runs.flatMap(({ test }) => (test ? [of(test.confusion)] : []))));
  const speed = (point: Point): string => {
    const speeds = point.runs.flatMap((run) => speedOf(run) ?? []);
    return speeds.length > 0 ? String(Math.round(mean(speeds))) : '--';
  };
  return [
    { head: 'Method', align: 'l', cell: (point) => wordsLatex(methodUnit(point.method).label) },
    { head: 'Rate', align: 'l', cell: (point) => (reduces(point.method) ? escapeLatex(scheduleOfPoint(point)) : '--') },
    ...(models.size > 1
      ? [
          {
            head: 'Backbone',
            align: 'l' as const,
            cell: ({ runs }: Point) => escapeLatex(modelName(runs[0]?.configuration.model ?? '')),
          },
        ]
      : []),
    { head: 'GMACs', align: 'r', cell: ({ runs }) => ((runs[0]?.macs ?? 0) / 1e9).toPrecision(3) },
    { head: 'Tokens', align: 'r', cell: ({ runs }) => String(runs[0]?.tokens.at(-1) ?? '--') },
    { head: 'Images/s', align: 'r', cell: speed },
    { head: 'Accuracy (\\%)', align: 'r', cell: accuracyCell },
    ...(tests.some(({ confusion }) => isUnbalanced(confusion))
      ? [
          { head: 'Balanced (\\%)', align: 'r' as const, cell: (point: Point) => score(point, balancedAccuracy) },
          { head: 'Macro F1 (\\%)', align: 'r' as const, cell: (point: Point) => score(point, macroF1) },
        ]
      : []),
    { head: 'Seeds', align: 'r', cell: (point) => escapeLatex(listed(seedsOf(point))) },
  ];
}

const rowOf = (cells: readonly string[]): string => `    ${cells.join(' & ')} \\\\`;

function tabular(align: string, head: readonly string[], rows: readonly (readonly string[])[], caption: string): string {
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${caption}}`,
    `  \\begin{tabular}{${align}}`,
    '    \\toprule',
    rowOf(head),
    '    \\midrule',
    ...rows.map(rowOf),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

/**
 * A figure's numbers as LaTeX tables (package booktabs): a row for each point, and the paired differences if its runs have pairs.
 */
export function latexTables(all: readonly Point[], records: readonly RunRecord[], axis: Axis): string {
  const columns = columnsOf(all);
  const settled = all.filter((point) => point.settled).sort((a, b) => b.x - a.x);
  const first = tabular(
    columns.map(({ align }) => align).join(''),
    columns.map(({ head }) => head),
    settled.map((point) => columns.map((column) => column.cell(point))),
    wordsLatex(captionOf(settled, axis)),
  );
  const [head, ...rows] = differenceTable(records);
  const pairs = head
    ? tabular(
        `lr${'r'.repeat(head.length - 2)}`,
        head.map(wordsLatex),
        rows.map(([name = '', ...row]) => [dataName(name), ...row].map((cell) => escapeLatex(withMinus(cell)))),
        escapeLatex(PAIRED),
      )
    : '';
  return `% \\usepackage{booktabs}\n${first}${pairs}`;
}

/** Explains paired differences, under a table of them. */
export const PAIRED =
  'Paired differences on the test part: the two runs of a pair share seed, initial weights, batches, dropout masks and pictures. Points of accuracy and nats of loss with the 95 % interval of the mean over pairs (Student’s t), which says what other seeds would give; over the pairs’ pictures the same interval with McNemar’s exact test, which says what other pictures would.';
