import type {
  CandidateRow,
  FullBenchmark,
  FullRow,
  GoldenRow,
  KernelRow,
  MissingRow,
  PeakRow,
  PlanRow,
  ProductRow,
} from '../protocol/benchmark/full.js';

const digits = (value: number | null, count = 3): string => (value === null ? '' : String(Number(value.toPrecision(count))));
const share = (part: number | null, whole: number | undefined): string =>
  part === null || whole === undefined || whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
const mebibytes = (bytes: number): string => digits(bytes / 2 ** 20);

/**
 * A row as a line, which is printed as soon as it is measured.
 * @param peak for the shares of it, where it is measured already.
 */
export function fullLine(row: FullRow, peak?: PeakRow): string {
  switch (row.section) {
    case 'golden':
      return `golden ${row.file}: ${row.passed ? `${row.tensors} tensors within their bounds` : `OVER in ${row.over.join(', ')}`}`;
    case 'peak':
      return `peak: ${digits(row.teraflops)} TFLOP/s in registers, ${digits(row.gigabytes)} GB/s copied`;
    case 'product':
      return `${row.model} ${row.layer}, ${row.direction}, ${sizesOf(row)}: ${row.candidate}: ${digits(row.milliseconds)} ms${rateWords(row, peak)}`;
    case 'candidate':
      return `${row.model} ${row.choice}: ${row.candidate}: ${digits(row.milliseconds)} ms${rateWords(row, peak)}`;
    case 'kernel':
      return `${row.model} ${row.operation}: ${digits(row.milliseconds)} ms${rateWords(row, peak)}`;
    case 'plan':
      return `${planOf(row)}, ${row.what} of ${row.batch}: ${digits(row.milliseconds)} ms, ${digits(row.picturesPerSecond, 4)} img/s, ${digits(row.teraflops)} TFLOP/s`;
    case 'missing':
      return `not measured: ${row.what}: ${row.why}`;
  }
}

const planOf = ({ model, method, schedule, precision }: PlanRow): string =>
  [model, method, schedule, ...(precision === 'float32' ? [] : [precision])].join(', ');

/** The rates of a kernel, and their shares of the peak. */
function rateWords({ teraflops, gigabytes }: Pick<KernelRow, 'teraflops' | 'gigabytes'>, peak: PeakRow | undefined): string {
  const of = (rate: number, unit: string, most: number | undefined, what: string): string =>
    `, ${digits(rate)} ${unit}${most === undefined ? '' : ` (${share(rate, most)} of ${what})`}`;
  const computed = teraflops === null ? '' : of(teraflops, 'TFLOP/s', peak?.teraflops, 'peak');
  return `${computed}${of(gigabytes, 'GB/s', peak?.gigabytes, 'a copy')}`;
}

const sizesOf = ({ rows, columns, depth }: ProductRow): string => `${rows} x ${columns} x ${depth}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line), ''];
}

/** The report in Markdown, as in `docs/performance.md`. Of a product's candidates it has the fastest and the tuner's; the JSON has all. */
export function fullMarkdown({ adapter, toggles, seconds, rows, choices }: FullBenchmark): string {
  const of = <S extends FullRow['section']>(section: S) =>
    rows.filter((row): row is Extract<FullRow, { section: S }> => row.section === section);
  const [peak] = of('peak');
  return [
    `### ${adapter.name}`,
    '',
    `${adapter.description}, ${toggles === null ? "Dawn's or the browser's default toggles" : `Dawn's toggles ${toggles}`}, in ${seconds.toFixed(0)} s.`,
    '',
    ...goldenLines(of('golden')),
    ...(peak ? [peakLine(peak), ''] : []),
    ...productLines(of('product'), peak, choices),
    ...candidateLines(of('candidate'), peak, choices),
    ...kernelLines(of('kernel'), peak),
    ...planLines(of('plan'), peak),
    ...timeLines(of('plan')),
    ...missingLines(of('missing')),
  ].join('\n');
}

function goldenLines(rows: readonly GoldenRow[]): string[] {
  if (rows.length === 0) return [];
  const wrong = rows.filter(({ passed }) => !passed).map(({ file, over }) => `${file} (${over.join(', ')})`);
  return [
    `Golden files: ${rows.length - wrong.length} of ${rows.length} agree${wrong.length > 0 ? `, not ${wrong.join(', ')}` : ''}.`,
    '',
  ];
}

const peakLine = ({ teraflops, gigabytes }: PeakRow): string =>
  `Measured peak: ${digits(teraflops)} TFLOP/s of multiply-adds in registers, ${digits(gigabytes)} GB/s of a copy.`;

const RATES = ['TFLOP/s', 'of peak', 'GB/s', 'of a copy'] as const;
const rateCells = ({ teraflops, gigabytes }: Pick<KernelRow, 'teraflops' | 'gigabytes'>, peak: PeakRow | undefined): string[] => [
  ...[digits(teraflops), share(teraflops, peak?.teraflops)],
  ...[digits(gigabytes), share(gigabytes, peak?.gigabytes)],
];

/** A row for each shape: the fastest candidate, and the time of the tuner's beside it. */
function productLines(rows: readonly ProductRow[], peak: PeakRow | undefined, choices: FullBenchmark['choices']): string[] {
  const shapes = new Map<string, ProductRow[]>();
  for (const row of rows) {
    const key = [row.model, row.layer, row.direction].join();
    shapes.set(key, [...(shapes.get(key) ?? []), row]);
  }
  const cells = [...shapes.values()].map((all) => {
    const [best] = all.toSorted((one, other) => one.milliseconds - other.milliseconds);
    if (!best) return [];
    const tuned = all.find(({ candidate }) => candidate === choices[best.shapeClass]);
    return [
      ...[best.model, best.layer, best.direction, sizesOf(best), String(all.length), best.candidate],
      ...[digits(best.milliseconds), ...rateCells(best, peak)],
      ...[tuned?.candidate ?? '', tuned ? share(best.milliseconds, tuned.milliseconds) : ''],
    ];
  });
  return table(
    [...['model', 'layer', 'direction', 'M x N x K', 'candidates', 'fastest', 'ms', ...RATES], ...["tuner's", 'of the fastest']],
    cells,
  );
}

/** A row for each choice: the fastest candidate, and the time of the tuner's beside it. */
function candidateLines(rows: readonly CandidateRow[], peak: PeakRow | undefined, choices: FullBenchmark['choices']): string[] {
  const cells = [...new Set(rows.map(({ model, choice }) => `${model}\n${choice}`))].map((one) => {
    const all = rows.filter(({ model, choice }) => `${model}\n${choice}` === one);
    const [best] = all.toSorted((first, second) => first.milliseconds - second.milliseconds);
    if (!best) return [];
    const tuned = all.find(({ candidate }) => candidate === choices[best.choice]);
    return [
      ...[best.model, best.choice, String(all.length), best.candidate, digits(best.milliseconds)],
      ...rateCells(best, peak),
      ...[tuned?.candidate ?? '', tuned ? share(best.milliseconds, tuned.milliseconds) : ''],
    ];
  });
  return table(['model', 'choice', 'candidates', 'fastest', 'ms', ...RATES, "tuner's", 'of the fastest'], cells);
}

function kernelLines(rows: readonly KernelRow[], peak: PeakRow | undefined): string[] {
  return table(
    ['model', 'operation', 'ms', ...RATES],
    rows.map((row) => [row.model, row.operation, digits(row.milliseconds), ...rateCells(row, peak)]),
  );
}

function planLines(rows: readonly PlanRow[], peak: PeakRow | undefined): string[] {
  return table(
    [
      ...['model', 'method', 'schedule', 'precision', 'what', 'batch', 'ms', 'img/s', 'TFLOP/s', 'of peak'],
      ...['dispatches', 'submissions', 'encode ms', 'compile s', 'plan MiB', 'weights MiB'],
    ],
    rows.map((row) => [
      ...[row.model, row.method, row.schedule, row.precision, row.what, String(row.batch), digits(row.milliseconds)],
      ...[digits(row.picturesPerSecond, 4), digits(row.teraflops), share(row.teraflops, peak?.teraflops)],
      ...[digits(row.dispatches, 6), digits(row.submissions), digits(row.encodeMilliseconds)],
      ...[digits(row.compileMilliseconds / 1000), mebibytes(row.planBytes), mebibytes(row.weightBytes)],
    ]),
  );
}

/** Operations that take a smaller share of a plan than this are only in the JSON. */
const LEAST_SHARE = 0.03;

function timeLines(rows: readonly PlanRow[]): string[] {
  const cells = rows.flatMap((row) =>
    row.operations
      .filter((operation) => operation.share >= LEAST_SHARE)
      .map((operation) => [
        ...[`${planOf(row)}, ${row.what}`, operation.operation, String(operation.count)],
        ...[digits(operation.milliseconds), share(operation.share, 1), digits(operation.gflops)],
      ]),
  );
  return table(['of', 'operation', 'times', 'ms', 'share', 'GFLOP/s'], cells);
}

/** What was not measured, with one line for each reason. */
function missingLines(rows: readonly MissingRow[]): string[] {
  if (rows.length === 0) return [];
  const reasons = new Map<string, string[]>();
  for (const { what, why } of rows) reasons.set(why, [...(reasons.get(why) ?? []), what]);
  return ['Not measured:', '', ...[...reasons].map(([why, what]) => `- ${why}: ${what.join('; ')}`), ''];
}
