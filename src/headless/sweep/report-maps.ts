/** Merge maps of chosen test pictures, by the runs of a report whose weights lie beside their records. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '../../data/pictures/png.js';
import type { BlockTrace } from '../../engine/model/types.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import { readTrained } from '../../formats/backbones/weights.js';
import { runSchema, type RunRecord } from '../../protocol/runs/run.js';
import { mapSvg } from '../../results/maps/map-svg.js';
import type { ReportMap } from '../../results/page.js';
import { protectedTokens } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { methodUnit, METHODS, reduces } from '../../vit/methods/index.js';
import { openData, picturesOf } from '../inputs/inputs.js';
import type { Engine } from '../machine/host.js';
import { openAdapted } from '../runs/adapted.js';
import { dataPlaceOf } from '../runs/local.js';
import { RUN_FILE, WEIGHTS_FILE } from '../runs/run-files.js';
import type { Terminal } from '../terminal.js';

interface Place {
  readonly folder: string;
  readonly record: RunRecord;
}

/** For each data set, method and schedule, the run with the lowest seed whose weights exist. */
async function shownRuns(folders: readonly string[]): Promise<Place[]> {
  const found = new Map<string, Place>();
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.name !== RUN_FILE || !existsSync(join(entry.parentPath, WEIGHTS_FILE))) continue;
      const record = runSchema.parse(JSON.parse(await readFile(join(entry.parentPath, RUN_FILE), 'utf8')));
      const { data, method, schedule, seed } = record.configuration;
      const key = JSON.stringify([data, method, schedule]);
      const other = found.get(key);
      if (reduces(method) && record.state === 'finished' && (!other || seed < other.record.configuration.seed)) {
        found.set(key, { folder: entry.parentPath, record });
      }
    }
  }
  const order = ({
    record: {
      configuration: { data, schedule, method },
    },
  }: Place): string => JSON.stringify([data, schedule, METHODS.indexOf(method)]);
  return [...found.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/**
 * @param folders of runs that the report is made from.
 * @param chosen numbers of test pictures, counted from 1.
 */
export async function reportMaps(
  folders: readonly string[],
  chosen: readonly number[],
  engine: Engine,
  terminal: Terminal,
): Promise<ReportMap[]> {
  const maps: ReportMap[] = [];
  for (const place of await shownRuns(folders)) maps.push(...(await mapsOfRun(place, chosen, engine, terminal)));
  return maps;
}

/** How far the modulation moved the tokens that merged away, relative to their length; empty for a method without modulation. */
function modulated(blocks: readonly Pick<BlockTrace, 'modulationStrength'>[]): string {
  const strengths = blocks.flatMap(({ modulationStrength }) => [...modulationStrength]);
  if (strengths.length === 0) return '';
  const mean = strengths.reduce((sum, value) => sum + value, 0) / strengths.length;
  return `; merged tokens were moved by ${(100 * mean).toFixed(1)} % of their length, at most ${(100 * Math.max(...strengths)).toFixed(1)} %`;
}

async function mapsOfRun(
  { folder, record }: Place,
  chosen: readonly number[],
  engine: Engine,
  terminal: Terminal,
): Promise<ReportMap[]> {
  const { metadata, loaded, backbone, local } = await openAdapted({ path: folder, given: undefined, overrides: {}, terminal });
  const { data: name, seed, splitSeed, splitShares, taskPictures, imageSize, method, schedule } = record.configuration;
  const where = dataPlaceOf(folder, name, { options: {} }, local);
  const setup = setUpAdapted(metadata);
  const opened = await openData({ ...where, seed, splitSeed, splitShares, taskPictures });
  const pictures = picturesOf(opened, imageSize, setup.architecture);
  const network = await engine.createNetwork(setup.architecture, backbone, setup.options);
  try {
    network.writeTrained(await readTrained(loaded));
    const tracer = await network.tracer();
    const maps: ReportMap[] = [];
    for (const number of chosen) {
      const index = pictures.dataset.parts.test[number - 1];
      if (index === undefined)
        throw new PlaygroundError(
          'option.invalid',
          `--maps has ${number}, and ${name} has ${pictures.dataset.parts.test.length} test pictures`,
          { subject: 'maps' },
        );
      const pixels = await pictures.get(index);
      const { blocks, logits } = await tracer.trace(new Uint8Array(pixels));
      const map = {
        gridSide: Math.floor(imageSize / setup.architecture.patchSize),
        imageSize,
        pixels: new Uint8ClampedArray(pixels),
        protectedTokens: protectedTokens(setup.architecture),
        blocks,
      };
      const png = await encodePng({ width: imageSize, height: imageSize, data: pixels });
      const truth = pictures.dataset.classes[pictures.dataset.label(index)] ?? '';
      const guess = metadata.classes[logits.indexOf(Math.max(...logits))] ?? '';
      const caption = `${name}, test picture ${number}: ${methodUnit(method).label} ${schedule}, ${blocks.at(-1)?.tokens ?? 0} tokens; ${truth}, taken for ${guess}${modulated(blocks)}`;
      maps.push({ caption, svg: mapSvg(map, blocks.length, `data:image/png;base64,${base64(png)}`) });
    }
    tracer.destroy();
    return maps;
  } finally {
    network.destroy();
  }
}
