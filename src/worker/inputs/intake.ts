import { Fingerprint } from '../../data/identity/fingerprint.js';
import { samePictures } from '../../data/identity/duplicates.js';
import { keepDataset, openKept } from '../../data/kept/kept.js';
import { labelledByHand } from '../../data/by-hand.js';
import { finishDataset, openDataset } from '../../data/open.js';
import { baseName } from '../../data/paths.js';
import { openUnlabelled, type UnlabelledPictures } from '../../data/unlabelled.js';
import { recogniseFiles, RUN_FILES } from '../../data/recognise.js';
import type { ReadingOptions } from '../../data/readings/types.js';
import type { RawDataset } from '../../data/readers/types.js';
import type { OpenedDataset } from '../../data/types.js';
import { fingerprintOf, validateImages } from '../../data/dataset.js';
import { writeAdapted } from '../../formats/adapted/adapted.js';
import { byteSourceFromBytes } from '../../containers/sources.js';
import type { AdaptedMetadata, LoadedWeights } from '../../formats/types.js';
import { countParameters, loadWeights, MissingBackbone, readTrained } from '../../formats/backbones/weights.js';
import { looksLikeZip, openArchive } from '../../containers/zip-archive.js';
import type { DataEdits, DataSummary, GivenFile, Question, Recognised } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import type { FetchedModel } from '../../protocol/hub/downloads.js';
import { PlaygroundError, toErrorRecord } from '../../vit/errors.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { usualImageSize } from '../../vit/architecture.js';
import type { AdapterDescription, RunRecord } from '../../protocol/runs/run.js';
import { recordOf } from './adapted-record.js';
import type { Datasets } from './datasets.js';
import type { Events } from '../events.js';
import { cancelled, filesBelow } from './folder-files.js';
import { nameOf, withoutTop } from './given-names.js';
import { browserDecoder } from './images.js';
import type { KeptModelStore } from '../kept/kept-models.js';
import { asksForHeads, type Model, type Models } from './models.js';
import { SmallReads } from './small-reads.js';
import type { AvailableDataset, KeptData } from '../kept/kept-data.js';
import { runName } from '../../vit/names/run-name.js';
import { decodeRecord, type RunStore } from '../kept/run-store.js';

/** Files, and how a person answered their questions. */
interface Asked {
  readonly sources: readonly ByteSource[];
  readonly answers: ReadingOptions;
}

export interface IntakeParts {
  readonly models: Models;
  readonly keptModels: Pick<KeptModelStore, 'open' | 'discard'>;
  readonly datasets: Datasets;
  readonly kept: KeptData;
  readonly runs: RunStore;
  readonly events: Events;
  readonly adapter: () => Promise<AdapterDescription>;
}

/** Whether it is the `run.json` of an export, alone or with the run's name in front. */
const isRecord = ({ name }: ByteSource): boolean => /(?:^|-)run\.json$/i.test(baseName(name));

/** Takes what a person gives, and tells from its content what it is. */
export class Intake {
  readonly #parts: IntakeParts;
  #offered: ByteSource[] = [];
  readonly #reads = new SmallReads();
  #giving: AbortController | null = null;
  /** The data set that was given last, to be read again with another answer. */
  #lastData: Asked | null = null;
  /** What was refused last with a question, to be read with an answer. */
  #refused: Asked | null = null;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Adds files to what is given next. */
  offer(files: readonly GivenFile[]): void {
    for (const { path, file } of files) this.#offered.push(this.#reads.source(path, file));
  }

  /** Adds the files below a folder to what is given next. Resolves to their number. */
  async offerFolder(folder: FileSystemDirectoryHandle): Promise<number> {
    const { events } = this.#parts;
    return this.#untilCancelled((signal) =>
      events.during(async () => {
        const found = await filesBelow(folder, this.#reads, signal, (files) => events.busy(`Listing the files: ${files}`, 0, 0));
        for (const source of found) this.#offered.push(source);
        return found.length;
      }),
    );
  }

  /** Drops what was offered, and stops what is being taken. */
  cancel(): void {
    this.#offered = [];
    this.#giving?.abort();
  }

  give(files: readonly GivenFile[]): Promise<Recognised> {
    return this.#lookAtAll(files, (sources, signal) => this.#take(sources, signal));
  }

  /** Opens the pictures among the given files, which have no classes. Their paths are relative to the one folder given. */
  giveUnlabelled(files: readonly GivenFile[]): Promise<UnlabelledPictures> {
    return this.#lookAtAll(files, (sources) =>
      openUnlabelled(withoutTop(sources), browserDecoder, nameOf(sources, `${sources.length} files`)),
    );
  }

  async #lookAtAll<T>(
    files: readonly GivenFile[],
    take: (sources: readonly ByteSource[], signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const given = [...this.#offered, ...files.map(({ path, file }) => this.#reads.source(path, file))];
    this.#offered = [];
    if (given.length === 0) throw new PlaygroundError('usage', 'no file was given');
    return this.#untilCancelled((signal) => {
      const looked = this.#lookedAt(given.length);
      const sources = given.map((source) => stoppable(source, signal, looked));
      return this.#parts.events.during(() => take(sources, signal));
    });
  }

  /** Takes what was offered as a data set: the files belong to the classes in turn, to each as many as it says. */
  async giveByHand(name: string, classes: readonly { readonly name: string; readonly pictures: number }[]): Promise<DataSummary> {
    const offered = this.#offered;
    this.#offered = [];
    let at = 0;
    const made = classes.map((each) => ({ name: each.name, files: offered.slice(at, (at += each.pictures)) }));
    return this.#untilCancelled(async (signal) => {
      const raw = await labelledByHand(made);
      const edits = { classes: {}, splitSeed: 0 };
      const description = { name, fingerprint: await fingerprintOf(raw), decoder: browserDecoder };
      // A person labelled these files, so that there is no other way to read them.
      this.#lastData = null;
      return this.#use(finishDataset(raw, description, edits), edits, signal);
    });
  }

  async #untilCancelled<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const giving = new AbortController();
    this.#giving = giving;
    try {
      return await work(giving.signal);
    } catch (thrown) {
      // Whatever failed, it failed because of the cancelling.
      throw giving.signal.aborted ? cancelled() : thrown;
    } finally {
      if (this.#giving === giving) this.#giving = null;
    }
  }

  /** Returns what reports that one more of the files was looked at. */
  #lookedAt(total: number): () => void {
    let done = 0;
    return () => this.#parts.events.busy('Looking at the files', ++done, total);
  }

  async #take(sources: readonly ByteSource[], signal: AbortSignal): Promise<Recognised> {
    switch (await recogniseFiles(sources)) {
      case 'weights':
        return this.#takeWeights(sources);
      case 'run': {
        const archived = await runFilesIn(sources);
        return archived ? this.#takeWeights(archived) : { kind: 'run', run: await this.#takeRun(sources) };
      }
      case 'data':
        return { kind: 'data', data: await this.#takeData(sources, signal) };
      case 'unknown': {
        const names = sources.slice(0, 3).map(({ name }) => name);
        throw new PlaygroundError(
          'file.unsupported',
          `${names.join(', ')}${sources.length > 3 ? `, and ${sources.length - 3} more` : ''}: neither pictures nor weights nor a run that is known here; drop pictures or a zip of them, weights (safetensors, .npz, .pth) or a run.json`,
          { subject: names[0] ?? 'files' },
        );
      }
    }
  }

  /** Takes a downloaded model. A backbone's files stay where they are; adapted weights become a run, and their files are deleted. */
  async takeFetched({ name, files }: FetchedModel): Promise<Recognised> {
    const { keptModels } = this.#parts;
    const what = await this.#takeWeights(await keptModels.open(files), { name, files });
    if (what.kind === 'adapted' && !what.model) await keptModels.discard(files);
    return what;
  }

  async #takeWeights(sources: readonly ByteSource[], fetched: FetchedModel | null = null): Promise<Recognised> {
    const { models } = this.#parts;
    const weights = sources.filter((source) => !isRecord(source));
    let opened: LoadedWeights | null = null;
    try {
      opened = await loadWeights(weights);
    } catch (thrown) {
      if (thrown instanceof MissingBackbone && models.current) return this.#takeAdapter(weights, models.current);
      if (!asksForHeads(thrown)) throw thrown;
    }
    let model: Model | null = null;
    if (!opened || opened.architecture) {
      const [first] = weights;
      const name = fetched?.name ?? nameOf(sources, opened?.name ?? first?.name ?? '');
      const choice = await models.take(name, weights, opened, fetched?.files);
      try {
        model = await models.use(choice);
      } catch (thrown) {
        if (!asksForHeads(thrown)) throw thrown;
        return { kind: 'question', model: choice.model, question: thrown.toRecord() };
      }
    }
    const loaded = model?.loaded ?? opened;
    if (!loaded?.adapted) {
      if (model) return { kind: 'model', model: model.summary };
      throw new PlaygroundError('weights.unsupported-architecture', `${nameOf(sources, 'weights')}: holds no backbone`);
    }
    // A checkpoint that holds its own backbone was adapted from that.
    const metadata = model
      ? { ...loaded.adapted, configuration: { ...loaded.adapted.configuration, model: model.name, ...model.summary.answers } }
      : loaded.adapted;
    const given = sources.find(isRecord);
    const record = given ? await readRecord(given) : null;
    const run = await this.#takeAdapted(loaded, metadata, record);
    return model ? { kind: 'adapted', run, model: model.summary } : { kind: 'adapted', run };
  }

  /** Takes a PEFT adapter that was made elsewhere, as one of the backbone in use. */
  async #takeAdapter(sources: readonly ByteSource[], model: Model): Promise<Recognised> {
    const { loaded, files } = await this.#parts.models.openAdapter(model, sources);
    // An adapter that is folded into the backbone makes another backbone of it.
    if (loaded.folded.length > 0) return this.#takeWeights(files);
    const name = nameOf(sources, 'PEFT adapter');
    if (!loaded.adapted) {
      const message = `${name}: is a PEFT adapter without a head, and the backbone in use (${model.name}) has none either`;
      throw new PlaygroundError('file.unsupported', message, { subject: name });
    }
    const { configuration } = loaded.adapted;
    const metadata = { ...loaded.adapted, configuration: { ...configuration, model: model.name, ...model.summary.answers } };
    return { kind: 'adapted', run: await this.#takeAdapted({ ...loaded, name }, metadata, null) };
  }

  /** Stores adapted weights as a run; a file that is given twice is one run. */
  async #takeAdapted(loaded: LoadedWeights, metadata: AdaptedMetadata, given: RunRecord | null): Promise<RunRecord> {
    const { runs, models, adapter } = this.#parts;
    const trained = await readTrained(loaded);
    const bytes = writeAdapted(metadata, trained);
    const print = new Fingerprint();
    print.addBytes(bytes);
    const id = given?.id ?? `file-${print.text()}`;
    const known = await runs.find(id);
    const backbone = await models.requireFor(metadata, loaded.name).catch(() => null);
    const record =
      known ??
      given ??
      recordOf(metadata, trained, {
        id,
        name: nameOfWeights(loaded.name) ?? runName(metadata.configuration),
        adapter: await adapter(),
        frozen: backbone ? countParameters(backbone.loaded.reader) : 0,
      });
    await runs.save(record);
    await runs.saveWeights(id, bytes);
    return record;
  }

  async #takeRun(sources: readonly ByteSource[]): Promise<RunRecord> {
    const [source] = sources.filter(({ name }) => /\.json$/i.test(name));
    if (!source) throw new PlaygroundError('file.unsupported', 'run: no run.json was given');
    const record = await readRecord(source);
    const known = await this.#parts.runs.find(record.id);
    if (known) return known;
    await this.#parts.runs.save(record);
    return record;
  }

  /** Reads the data set that was given last again, with an answer to one more of the questions that its files leave open. */
  answerData(option: Question['option'], value: string): Promise<DataSummary> {
    return this.#answer(this.#lastData, option, value);
  }

  /** Reads what was refused last with a question, with an answer to it. */
  answerRefused(option: Question['option'], value: string): Promise<DataSummary> {
    return this.#answer(this.#refused, option, value);
  }

  async #answer(asked: Asked | null, option: Question['option'], value: string): Promise<DataSummary> {
    if (!asked) {
      throw new PlaygroundError(
        'data.empty',
        'The files of this data set are no longer open: give them again to read them differently',
      );
    }
    const { sources, answers } = asked;
    return this.#untilCancelled((signal) => this.#takeData(sources, signal, { ...answers, [option]: value }));
  }

  async #takeData(sources: readonly ByteSource[], signal: AbortSignal, answers: ReadingOptions = {}): Promise<DataSummary> {
    const name = nameOf(sources, 'given files');
    const edits = { classes: {}, splitSeed: 0 };
    const reading = openDataset(sources, browserDecoder, { name, splitSeed: edits.splitSeed, ...answers });
    const opened = await reading.catch((thrown: unknown) => {
      if (toErrorRecord(thrown).question) this.#refused = { sources, answers };
      throw thrown;
    });
    this.#lastData = { sources, answers };
    return this.#use(opened, edits, signal);
  }

  /** Keeps a data set for the next visit and takes it into use. */
  async #use(opened: OpenedDataset, edits: DataEdits, signal: AbortSignal): Promise<DataSummary> {
    const { datasets, events, kept } = this.#parts;
    return events.during(async () => {
      const available = await this.#keep(opened, edits, signal);
      kept.remember(available);
      return datasets.take(available);
    });
  }

  /** Decodes every picture once. Broken ones are named; the others are kept for the next visit where the browser keeps files. */
  async #keep(opened: OpenedDataset, edits: DataEdits, signal: AbortSignal): Promise<AvailableDataset> {
    if (signal.aborted) throw cancelled();
    const { events, models, kept } = this.#parts;
    const onProgress = (done: number, total: number): void => events.busy('Reading the pictures', done, total);
    const onCompared = (done: number, total: number): void => events.busy('Comparing with what is kept', done, total);
    const store = await kept.open(opened.dataset.fingerprint);
    const architecture = models.current?.architecture;
    const side = architecture ? usualImageSize(architecture) : KEPT_SIDE;
    const framing = architecture?.framing ?? WHOLE_PICTURE;
    if (store) {
      try {
        await keepDataset(opened, { side, framing }, store, edits, { onProgress, onCompared, signal });
        store.flush();
        const again = await openKept(store);
        if (again) return { data: withoutBroken(opened, again.raw, edits), store, keptSide: null };
      } catch (thrown) {
        // What was kept so far: given again, the set is continued from here.
        store.flush();
        if (signal.aborted) throw thrown;
        // The pictures are used although they could not be kept.
        events.error(thrown);
      }
    }
    const broken = await validateImages(opened.dataset, onProgress);
    if (signal.aborted) throw cancelled();
    const { dataset, raw } = opened;
    const digest = (index: number): Promise<string | null> => dataset.digest(index).catch(() => null);
    const twice = await samePictures(dataset, digest, raw.partsFrom !== null);
    const known = { skipped: [...opened.skipped, ...broken], notes: [...raw.notes, ...twice] };
    return { data: withoutBroken(opened, known, edits), store: null, keptSide: null };
  }
}

/** The source, whose reads reject with `cancelled` once the signal is aborted. `looked` is called at the first read. */
function stoppable(source: ByteSource, signal: AbortSignal, looked: () => void): ByteSource {
  let read = false;
  return {
    ...source,
    read: async (offset, length) => {
      if (signal.aborted) throw cancelled();
      if (!read) looked();
      read = true;
      return source.read(offset, length);
    },
  };
}

/**
 * The data set without the pictures that are left out. They stay in the list as examples without a class, as in a kept data set: so the
 * others keep their keys, and the split is the same now and after a reload.
 */
function withoutBroken(opened: OpenedDataset, known: Pick<RawDataset, 'skipped' | 'notes'>, edits: DataEdits): OpenedDataset {
  const { dataset, raw } = opened;
  const gone = new Set(known.skipped.map(({ name }) => name));
  const examples = raw.examples.map((example) => (gone.has(example.name) ? { ...example, label: NO_LABEL } : example));
  const { name, fingerprint } = dataset;
  return finishDataset(
    { ...raw, skipped: known.skipped, notes: known.notes, examples },
    { name, fingerprint, decoder: browserDecoder },
    edits,
  );
}

const NO_LABEL = -1;

/** The side that pictures are kept at while no model is in use: that of most models. Pixels. */
const KEPT_SIDE = 224;

/** The file's name without its ending and a browser's number of the same file; null where that is what all such files are called. */
function nameOfWeights(path: string): string | null {
  const name = baseName(path).replace(/(?:-adapted)?(?: \(\d+\))?\.[a-z]+$/i, '');
  return /^adapted$/i.test(name) ? null : name;
}

/** The record and the weights out of the archive of an exported run; null where no archive was given. */
async function runFilesIn(sources: readonly ByteSource[]): Promise<ByteSource[] | null> {
  for (const source of sources) {
    if (!(await looksLikeZip(source))) continue;
    const archive = await openArchive(source);
    return Promise.all(
      RUN_FILES.map(async (name) => {
        const entry = archive.entries.get(name);
        if (!entry) throw new PlaygroundError('file.damaged', `${source.name}: holds no ${name}`, { subject: source.name });
        return byteSourceFromBytes(name, await archive.read(entry, 0, entry.size, true));
      }),
    );
  }
  return null;
}

async function readRecord(source: ByteSource): Promise<RunRecord> {
  return decodeRecord(await source.read(0, source.size), source.name);
}
