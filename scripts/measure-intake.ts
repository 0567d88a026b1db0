/**
 * Measures how the built page reads a large set of photographs in Chromium with a profile of its own: the time, the peak memory, and the
 * time until the set is there again after the browser was restarted. Linux only, since memory is read from /proc.
 *
 *     npx tsx scripts/measure-intake.ts [--pictures 100] [--form zip|folder|input] [--small] [--read N]
 *
 * A zip or a folder is dropped. With `input` a folder is picked through the page's `webkitdirectory`, as in browsers without handles.
 *
 * The pictures are JPEGs of 1 to 12 megapixels in 20 classes: a few dozen of different sizes and contents, each repeated with different
 * comments, so that no two files are equal. With --small they have 32 x 32 pixels, to measure the longest task of the page's main thread.
 * With --read, reading is cancelled after N pictures, to measure listing and understanding alone, and how soon the page is free again.
 */
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { chromium, expect as baseExpect, type BrowserContext, type Page } from '@playwright/test';
import { Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';
import sharp from 'sharp';
import { build, preview } from 'vite';
import { chromiumLaunch } from '../e2e/support/browser.js';
import { dropPaths } from '../e2e/support/drop.js';
import { photographs, withComment } from '../e2e/support/photographs.js';

const CLASSES = 20;
const SAID_EVERY = 60_000;
const MIB = 2 ** 20;

const { values } = parseArgs({
  options: {
    pictures: { type: 'string' },
    form: { type: 'string' },
    small: { type: 'boolean' },
    read: { type: 'string' },
  },
});
/** Reading a process's memory pauses it, so it is done rarely where tasks of 100 ms are measured. */
const SAMPLED_EVERY = values.small ? 5000 : 200;
const pictures = Number(values.pictures ?? 100);
const read = Number(values.read ?? pictures);
const form = values.form ?? 'zip';
if (!Number.isInteger(pictures) || pictures < 2 * CLASSES) throw new Error(`--pictures: at least ${2 * CLASSES}`);
if (!Number.isInteger(read) || read < 1) throw new Error('--read: a number of pictures');
if (!['zip', 'folder', 'input'].includes(form)) throw new Error(`--form: is '${form}', and is zip, folder or input`);

// The longest that any step may take.
const expect = baseExpect.configure({ timeout: 2 * 60 * 60_000 });

const pathOf = (index: number): string =>
  `class-${String(index % CLASSES).padStart(2, '0')}/${String(index).padStart(5, '0')}.jpg`;

async function* files(): AsyncGenerator<readonly [string, Uint8Array<ArrayBuffer>], void> {
  const large = await photographs(36, values.small ? 1 : 12);
  const shrink = async (picture: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
    Uint8Array.from(await sharp(picture).resize(32, 32, { fit: 'fill' }).jpeg().toBuffer());
  const bases = values.small ? await Promise.all(large.map(shrink)) : large;
  for (let index = 0; index < pictures; index++) {
    const base = bases[index % bases.length];
    if (base) yield [pathOf(index), withComment(base, `picture ${index}`)];
  }
}

/** Writes the pictures. @returns their place, and their total bytes. */
async function write(folder: string): Promise<{ path: string; bytes: number }> {
  const path = join(folder, form === 'zip' ? 'photographs.zip' : 'photographs');
  let bytes = 0;
  if (form !== 'zip') {
    for (let index = 0; index < CLASSES; index++) mkdirSync(join(path, pathOf(index), '..'), { recursive: true });
    for await (const [name, content] of files()) {
      writeFileSync(join(path, name), content);
      bytes += content.length;
    }
    return { path, bytes };
  }
  const zip = new ZipWriter(Writable.toWeb(createWriteStream(path)), { level: 0, useWebWorkers: false });
  for await (const [name, content] of files()) await zip.add(name, new Uint8ArrayReader(content));
  await zip.close();
  return { path, bytes: statSync(path).size };
}

type Kind = 'page' | 'gpu' | 'browser';

/** The kind of a process of the profile's browser; null for other processes. */
function kindOf(id: string, profile: string): Kind | null {
  try {
    const switches = readFileSync(`/proc/${id}/cmdline`, 'utf8').split(/[\0 ]/);
    if (!switches.includes(`--user-data-dir=${profile}`)) return null;
    if (switches.includes('--type=renderer')) return 'page';
    if (switches.includes('--type=gpu-process')) return 'gpu';
    return switches.some((text) => text.startsWith('--type=')) ? null : 'browser';
  } catch {
    return null;
  }
}

/** Proportional set size in bytes, which counts shared memory by its share; 0 for a process that has ended. */
function memoryOf(id: string): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Samples the memory of the page's processes together, of the GPU process and of the browser's own process, until it is stopped. */
function sampleMemory(profile: string): { peaks: Record<Kind, number>; stop(): void } {
  const peaks = { page: 0, gpu: 0, browser: 0 };
  let said = performance.now();
  const timer = setInterval(() => {
    const now = { page: 0, gpu: 0, browser: 0 };
    for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const kind = kindOf(id, profile);
      if (kind) now[kind] += memoryOf(id);
    }
    for (const kind of ['page', 'gpu', 'browser'] as const) peaks[kind] = Math.max(peaks[kind], now[kind]);
    if (performance.now() - said < SAID_EVERY) return;
    said = performance.now();
    console.error(`Memory now: ${asText(now)}`);
  }, SAMPLED_EVERY);
  return { peaks, stop: () => clearInterval(timer) };
}

const asText = ({ page, gpu, browser }: Record<Kind, number>): string =>
  `page ${(page / MIB).toFixed(0)} MiB, GPU process ${(gpu / MIB).toFixed(0)} MiB, browser process ${(browser / MIB).toFixed(0)} MiB`;

/** Opens the page in a window of the browser, and waits until a run could start. */
async function open(profile: string, address: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await chromium.launchPersistentContext(profile, chromiumLaunch());
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(address);
  await expect(page.getByRole('button', { name: 'Adapt', exact: true })).toBeEnabled();
  return { context, page };
}

interface Task {
  readonly after: number;
  readonly milliseconds: number;
}

/** Records tasks of the page's main thread above 100 ms from now on. @returns a function that returns the start and length of each. */
async function watchTasks(page: Page): Promise<() => Promise<Task[]>> {
  const tasks = await page.evaluateHandle(() => {
    const begun = performance.now();
    const seen: { after: number; milliseconds: number }[] = [];
    const watch = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries())
        if (duration > 100) seen.push({ after: Math.round(startTime - begun), milliseconds: Math.round(duration) });
    });
    watch.observe({ type: 'longtask' });
    return seen;
  });
  return () => tasks.evaluate((seen) => seen);
}

const secondsSince = (start: number): string => ((performance.now() - start) / 1000).toFixed(1);

/** Prints each new activity of the page and each long task, until the page has read the wanted number of pictures or has finished. */
async function follow(page: Page, start: number, tasks: () => Promise<Task[]>): Promise<void> {
  const told = page.getByRole('region', { name: 'Data', exact: true });
  let before = '';
  let said = 0;
  for (;;) {
    const long = await tasks();
    for (const { after, milliseconds } of long.slice(said))
      console.log(`${(after / 1000).toFixed(1)} s: a task of ${milliseconds} ms`);
    said = long.length;
    const reading = await told
      .getByRole('progressbar')
      .first()
      .getAttribute('aria-label', { timeout: 1000 })
      .catch(() => null);
    const stage = reading?.replace(/:? \d+$/, '') ?? '';
    if (stage !== before) console.log(`${secondsSince(start)} s: ${stage === '' ? 'nothing' : stage}`);
    before = stage;
    const text = (await told.innerText()).replace(/\s+/g, ' ');
    if (text.includes(`${CLASSES} classes`)) return;
    const done = /Reading the pictures (\d+) of/.exec(text)?.[1];
    if (done !== undefined && Number(done) >= read) return;
    await page.waitForTimeout(250);
  }
}

async function takeIn(page: Page, path: string): Promise<void> {
  const told = page.getByRole('region', { name: 'Data', exact: true });
  const tasks = await watchTasks(page);
  const start = performance.now();
  if (form === 'input') await page.getByTestId('folder-input').setInputFiles(path);
  else await dropPaths(page, [path]);
  await follow(page, start, tasks);
  const cancel = told.getByRole('button', { name: 'Cancel' });
  if (read < pictures) {
    const asked = performance.now();
    await cancel.click();
    await expect(cancel).toBeHidden();
    console.log(`Let go after ${secondsSince(start)} s; the page was free again ${secondsSince(asked)} s later`);
  } else {
    const seconds = (performance.now() - start) / 1000;
    console.log(`Taken in after ${seconds.toFixed(1)} s: ${(pictures / seconds).toFixed(1)} pictures a second`);
    console.log(`Understood: ${await told.getByText(`${CLASSES} classes`).locator('..').innerText()}`);
  }
  const long = await tasks();
  const listed = long.map(({ after, milliseconds }) => `${milliseconds} ms at ${(after / 1000).toFixed(1)} s`).join(', ');
  console.log(`The page's tasks of more than 100 ms: ${long.length === 0 ? 'none' : listed}`);
}

async function comeBack(profile: string, address: string): Promise<void> {
  const start = performance.now();
  const { context, page } = await open(profile, address);
  const memory = sampleMemory(profile);
  await expect(page.getByRole('region', { name: 'Data', exact: true })).toContainText(`${CLASSES} classes`);
  memory.stop();
  console.log(`There again ${secondsSince(start)} s after the browser was started anew`);
  console.log(`Memory at most: ${asText(memory.peaks)}`);
  await context.close();
}

const folder = mkdtempSync(join(tmpdir(), 'measure-intake-'));
try {
  const profile = join(folder, 'profile');
  const outDir = join(folder, 'page');
  await build({ logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  const server = await preview({ logLevel: 'warn', build: { outDir }, preview: { host: 'localhost' } });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('The built page could not be served.');
  const given = await write(folder);
  console.log(
    `${pictures} JPEGs of ${values.small ? '32 x 32 pixels' : '1 to 12 megapixels'} as a ${form}, ${(given.bytes / 1e6).toFixed(0)} MB`,
  );

  const first = await open(profile, address);
  const memory = sampleMemory(profile);
  await takeIn(first.page, given.path);
  memory.stop();
  console.log(`Memory at most: ${asText(memory.peaks)}`);
  // The address that a person would return to.
  const later = first.page.url();
  await first.context.close();
  if (read >= pictures) await comeBack(profile, later);
  await server.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
