import { basename, dirname, extname, join, resolve } from 'node:path';
import { toCsv } from '../../results/csv.js';
import { differenceTables } from '../../results/differences.js';
import { compressionSvg } from '../../results/figure/print.js';
import { latexTables } from '../../results/figure/latex.js';
import { figureFileName } from '../../results/figure/titles.js';
import { COST, finishedPoints, reportPage, type ReportMap } from '../../results/page.js';
import { resultRows, timingRows } from '../../results/tables.js';
import { PlaygroundError } from '../../vit/errors.js';
import { type Arguments, invalid, usage, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { EXIT, type Host } from '../machine/host.js';
import { fileNames, requirePlace, writeWhole } from '../runs/outputs.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { recordsIn } from '../sweep/known.js';
import { reportMaps } from '../sweep/report-maps.js';
import { resultsText } from '../sweep/results-file.js';
import { table, type Terminal } from '../terminal.js';

const OPTIONS = {
  out: { value: 'DIR', help: 'where the report goes (default: the first folder of runs, or beside the first file)' },
  maps: {
    value: 'LIST',
    help: "test pictures whose merge maps to show, by their numbers, as '1,2', for each method's run with weights",
  },
  title: { value: 'TEXT', help: "the page's heading (default: the folder's name)" },
} as const;

type Options = Arguments<keyof typeof OPTIONS>;

const DESCRIPTION: CommandDescription<keyof typeof OPTIONS> = {
  name: 'report',
  positionals: 'PATH...',
  summary: 'Gathers the runs of a sweep, of all its shards, into tables and one page with every figure.',
  details:
    'PATH is a folder of runs, or a file of results. Writes results.csv (what configurations and data decide: equal runs give equal bytes, in whatever order they ran), timings.csv,\n' +
    'results.json (every record), a figure (SVG) and tables (LaTeX) for each data set and index.html, which opens from disk without a network. Exit code 1: a run in there did not finish.',
  options: OPTIONS,
};

/** The maps that were asked for. The engine is opened only if there are any. */
async function mapsOf(options: Options, host: Host, terminal: Terminal): Promise<ReportMap[]> {
  const text = options.text('maps');
  if (text === undefined) return [];
  const chosen = text.split(',').map(Number);
  if (!chosen.every((number) => Number.isSafeInteger(number) && number >= 1))
    throw invalid('maps', `is '${text}', expected numbers of pictures from 1`);
  const folders = options.positionals.filter((path) => extname(path) !== '.json');
  const engine = await host.openEngine();
  try {
    return await reportMaps(folders, chosen, engine, terminal);
  } finally {
    engine.close();
  }
}

/** Accuracy over compression of each data set, as a figure for print and as LaTeX tables. */
function figures(records: readonly RunRecord[], title: string): [string, string][] {
  const names = [...new Set(records.map(({ configuration }) => configuration.data))].sort();
  const files = fileNames(names.map(figureFileName), 'data');
  return names.flatMap((name, index): [string, string][] => {
    const points = finishedPoints(records, name);
    if (points.length === 0) return [];
    const file = files[index] ?? '';
    const own = records.filter(({ configuration }) => configuration.data === name);
    return [
      [`figure-${file}.svg`, `${compressionSvg(points, COST, `${title}: ${name}`)}\n`],
      [`table-${file}.tex`, latexTables(points, own, COST)],
    ];
  });
}

async function run(options: Options, terminal: Terminal, host: Host): Promise<number> {
  const [first] = options.positionals;
  if (first === undefined) throw usage("report: no folder was given; see 'report --help'");
  // A run counts once, even where its folder is given twice or lies inside another.
  const leaveOut = ({ message }: PlaygroundError): void => terminal.note(`${message}; it is left out`);
  const below = (await Promise.all(options.positionals.map((path) => recordsIn(path, leaveOut)))).flat();
  const records = [...new Map(below.map((record) => [JSON.stringify(record), record])).values()];
  if (records.length === 0) throw new PlaygroundError('usage', `report: there is no run below ${options.positionals.join(', ')}`);
  // By default the report goes beside a file of results, or into the folder of runs.
  const out = options.text('out') ?? (extname(first) === '.json' ? dirname(first) : first);
  await requirePlace(out, 'out');
  const title = options.text('title') ?? basename(resolve(first), '.json');
  const files: readonly (readonly [string, string])[] = [
    ['results.csv', toCsv(resultRows(records))],
    ['timings.csv', toCsv(timingRows(records))],
    ['results.json', resultsText(records)],
    ['index.html', reportPage(title, records, await mapsOf(options, host, terminal))],
    ...figures(records, title),
  ];
  for (const [name, content] of files) await writeWhole(join(out, name), content);
  const paths = files.map(([name]) => join(out, name));
  const unfinished = records.filter(({ state }) => state !== 'finished');
  terminal.result({ runs: records.length, unfinished: unfinished.map(({ name }) => name), files: paths }, () => [
    `${records.length} runs${unfinished.length > 0 ? `, of which ${unfinished.length} did not finish: ${unfinished.map(({ name }) => name).join(', ')}` : ''}`,
    ...differenceTables(records).flatMap((rows) => table(rows)),
    ...paths.map((path) => `Wrote ${path}`),
  ]);
  return unfinished.length > 0 ? EXIT.no : EXIT.done;
}

export const report = defineCommand(DESCRIPTION, run);
