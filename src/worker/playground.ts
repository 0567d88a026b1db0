import type { MapRequest, PlaygroundApi } from '../protocol/api.js';
import { configurationSchema, type Configuration } from '../vit/configuration.js';
import { PlaygroundError } from '../vit/errors.js';
import type { RunRecord } from '../protocol/runs/run.js';
import { answer, answerMoved } from './answers.js';
import { archiveOf } from './inputs/data-archive.js';
import { Datasets } from './inputs/datasets.js';
import { Device } from './machine/device.js';
import { benchmarks, verify } from './machine/diagnostics.js';
import { measureFully } from './machine/full.js';
import { improveWhenIdle } from './machine/idle.js';
import { offerMachines, otherMachines } from './machine/open.js';
import type { Engine } from './machine/engine.js';
import { Estimates } from './machine/estimates.js';
import { Events } from './events.js';
import { builtPage } from './runs/built-page.js';
import { exportRun } from './runs/exports.js';
import { freeInTabs, heldByTabs, holdAcrossTabs } from './machine/hold.js';
import { whyUnreadable } from './inputs/images.js';
import { Intake } from './inputs/intake.js';
import { Labelling } from './runs/labelling.js';
import { LiveLooks, pictureOfBitmap } from './runs/live-looks.js';
import { KeptData } from './kept/kept-data.js';
import { Maps } from './runs/mapping.js';
import { privateModels } from './kept/kept-models.js';
import { Models } from './inputs/models.js';
import type { FileStore } from './kept/private-files.js';
import { Predictions } from './runs/predictions.js';
import { RunStore } from './kept/run-store.js';
import { ShippedRuns } from './kept/shipped-runs.js';
import { fetchPageFile } from './inputs/page-files.js';
import { Training } from './runs/training.js';

/** What the worker is made of. */
interface Parts {
  readonly files: FileStore;
  readonly events: Events;
  readonly device: Device;
  readonly engine: () => Promise<Engine>;
  readonly keptModels: ReturnType<typeof privateModels>;
  readonly models: Models;
  readonly datasets: Datasets;
  readonly shipped: ShippedRuns;
  readonly runs: RunStore;
  readonly maps: Maps;
  readonly estimates: Estimates;
  readonly predictions: Predictions;
  readonly labelling: Labelling;
  readonly live: LiveLooks;
  readonly training: Training;
  readonly kept: KeptData;
  readonly intake: Intake;
}

function makeParts(files: FileStore): Parts {
  const events = new Events();
  const device = new Device(files, events);
  const engine = (): Promise<Engine> => device.engine();
  const keptModels = privateModels();
  const models = new Models(keptModels, events);
  const datasets = new Datasets();
  const shipped = new ShippedRuns(fetchPageFile);
  const runs = new RunStore(files, shipped);
  const maps = new Maps(engine, models, datasets, runs, events);
  const estimates = new Estimates({ engine, models, datasets }, files);
  const predictions = new Predictions({ engine, models, datasets, runs, events });
  const labelling = new Labelling({ engine, models, runs, events });
  const live = new LiveLooks({ engine, models, runs, events });
  const training = new Training({ hold: holdAcrossTabs, estimates, engine, models, datasets, runs, maps, events });
  const kept = new KeptData();
  const intake = new Intake({ models, keptModels, datasets, kept, runs, events, adapter: async () => (await engine()).adapter });
  improveWhenIdle({ opened: () => device.opened, idle: () => training.activeId === null && !events.working });
  device.onLost = (error) => {
    void maps.forget();
    void live.end();
    void labelling.stop();
    const { activeId } = training;
    if (activeId === null) events.error(error);
    else {
      const message = 'the GPU device was lost; training goes on from the last finished epoch on a new one';
      events.error(new PlaygroundError('gpu.lost', message, { cause: error }), activeId);
    }
  };

  return {
    files,
    shipped,
    events,
    device,
    engine,
    keptModels,
    models,
    datasets,
    runs,
    maps,
    estimates,
    predictions,
    labelling,
    live,
    training,
    kept,
    intake,
  };
}

/** Backbones. */
function modelCalls({
  keptModels,
  models,
  training,
  intake,
}: Parts): Pick<PlaygroundApi, 'useModel' | 'takeFetched' | 'keptModels' | 'deleteUnfinished' | 'deleteModel'> {
  return {
    useModel: (choice) => answer(async () => (await models.use(choice)).summary),
    takeFetched: (fetched) => answer(() => intake.takeFetched(fetched)),
    keptModels: () => answer(() => keptModels.list()),
    deleteUnfinished: () =>
      answer(async () => {
        await keptModels.removeUnfinished();
        return keptModels.list();
      }),
    deleteModel: (name) =>
      answer(() => {
        if (training.activeId !== null)
          throw new PlaygroundError('usage', 'a run is training; stop it first, or wait for its end');
        return models.remove(name);
      }),
  };
}

/** What a person gives. */
function givenCalls({
  intake,
}: Parts): Pick<
  PlaygroundApi,
  'offer' | 'offerFolder' | 'give' | 'giveByHand' | 'cancelGiving' | 'answerData' | 'answerRefused'
> {
  return {
    offer: (files) => answer(async () => intake.offer(files)),
    offerFolder: (folder) => answer(() => intake.offerFolder(folder)),
    give: (given) => answer(() => intake.give(given)),
    giveByHand: (name, classes) => answer(() => intake.giveByHand(name, classes)),
    cancelGiving: async () => intake.cancel(),
    answerData: (option, value) => answer(() => intake.answerData(option, value)),
    answerRefused: (option, value) => answer(() => intake.answerRefused(option, value)),
  };
}

/** The data set in use, and those that are kept. */
function dataCalls({
  events,
  datasets,
  training,
  kept,
}: Parts): Pick<
  PlaygroundApi,
  | 'useTask'
  | 'keptData'
  | 'deleteData'
  | 'useKeptData'
  | 'exportData'
  | 'editData'
  | 'thumbnails'
  | 'classPictures'
  | 'addOwnPicture'
  | 'whyUnreadable'
> {
  return {
    useTask: (task, seed, pictures) => answer(() => datasets.useTask(task, seed, pictures)),
    keptData: () => answer(() => kept.list()),
    deleteData: (id) =>
      answer(async () => {
        if (training.activeId !== null && datasets.current?.fingerprint === id) {
          const message = `${datasets.current.name}: a run is training on this data set; stop it first, or wait for its end`;
          throw new PlaygroundError('usage', message, { subject: 'data' });
        }
        await kept.delete(id);
        datasets.forget(id);
        return kept.list();
      }),
    useKeptData: (name) => answer(async () => datasets.take(await kept.require(name))),
    exportData: (into) => answer(() => events.during(() => archiveOf(datasets.require().dataset, into, events))),
    editData: (edits) => answer(() => datasets.edit(edits)),
    thumbnails: (part, from, count, side) => answerMoved(() => datasets.thumbnails(part, from, count, side)),
    classPictures: (part, label) => answer(() => datasets.ofClass(part, label)),
    addOwnPicture: (file) => answer(() => datasets.addOwnPicture(file)),
    whyUnreadable: (file) => answer(() => whyUnreadable(file)),
  };
}

/** The run that trains. */
function trainingCalls({
  estimates,
  training,
}: Parts): Pick<PlaygroundApi, 'estimate' | 'adapt' | 'pause' | 'resume' | 'stop' | 'continueRun'> {
  return {
    estimate: (configuration) => answer(() => estimates.estimate(requireConfiguration(configuration))),
    adapt: (configuration, name) => answer(() => training.adapt(requireConfiguration(configuration), name)),
    pause: () => answer(() => done(training.pause())),
    resume: () => answer(() => done(training.resume())),
    stop: () => answer(() => done(training.stop())),
    continueRun: (runId) => answer(() => training.continueRun(runId)),
  };
}

/** Runs that are kept. */
function runCalls({
  events,
  runs,
  maps,
  training,
}: Parts): Pick<PlaygroundApi, 'savedRuns' | 'updateRun' | 'deleteRun' | 'keptEpochs'> {
  /** Watches runs that train in other tabs, and tells the page how they ended there. */
  const watchElsewhere = (ids: readonly string[]): void => {
    let left = ids;
    events.send({ kind: 'elsewhere', runIds: left });
    for (const id of ids) {
      void freeInTabs(id).then(async () => {
        const record = await runs.find(id);
        left = left.filter((other) => other !== id);
        events.send({ kind: 'elsewhere', runIds: left });
        if (record) events.send({ kind: 'run', run: interrupted(record, training.activeId) });
      });
    }
  };

  return {
    savedRuns: () =>
      answer(async () => {
        const { runs: kept, problems } = await runs.list();
        for (const problem of problems) events.error(problem);
        const held = await heldByTabs();
        const ids = kept.map(({ id }) => id).filter((id) => held.has(id) && id !== training.activeId);
        watchElsewhere(ids);
        return kept.map((record) => (ids.includes(record.id) ? record : interrupted(record, training.activeId)));
      }),
    updateRun: (runId, change) =>
      answer(async () => {
        const record = { ...(await runs.require(runId)), ...change };
        if (training.activeId === runId) training.say(record);
        await runs.save(record);
        return record;
      }),
    deleteRun: (runId) =>
      answer(async () => {
        if (training.activeId === runId) throw new PlaygroundError('usage', 'this run is training; stop it first');
        if ((await heldByTabs()).has(runId)) {
          throw new PlaygroundError('usage', 'this run is training in another tab; stop it there first');
        }
        await runs.remove(runId);
        return done(await maps.forget(runId));
      }),
    keptEpochs: (runId) => answer(() => runs.epochs(runId)),
  };
}

/** What runs and backbones make of pictures. */
function resultCalls({
  events,
  engine,
  models,
  datasets,
  runs,
  maps,
  predictions,
  training,
}: Parts): Pick<PlaygroundApi, 'measureRun' | 'map' | 'watch' | 'confusionCell' | 'exportRun'> {
  const map = async (request: MapRequest) => {
    const { weights } = request;
    const live =
      weights.kind === 'run' && weights.epoch === undefined && request.method === undefined
        ? await training.map(weights.runId, request.picture)
        : null;
    return live ?? maps.map({ ...request, configuration: requireConfiguration(request.configuration) });
  };

  /** Measures a run's test part and writes the result into its record. */
  const measureTest = async ({ id }: RunRecord): Promise<RunRecord> => {
    const evaluation = await predictions.measure(id, 'test');
    const { adapter } = await engine();
    const measured = { ...(await runs.require(id)), test: { ...evaluation, adapter: adapter.name } };
    await runs.save(measured);
    events.send({ kind: 'run', run: measured });
    return measured;
  };

  return {
    measureRun: (runId) =>
      answer(async () => {
        if (training.activeId !== null) {
          throw new PlaygroundError('usage', 'a run is training and would share the adapter: measure when it has ended');
        }
        const record = await runs.require(runId);
        datasets.requireFor(record.configuration);
        return measureTest(record);
      }),
    map: (request) => answerMoved(() => map(request)),
    watch: (request) => answer(() => done(training.watch(request))),
    confusionCell: (runId, part, truth, predicted) => answer(() => predictions.cell(runId, part, truth, predicted)),
    exportRun: (runId, format, beside) =>
      answerMoved(async () => exportRun(await runs.require(runId), format, beside, { runs, models, builtPage })),
  };
}

/** Pictures that are no part of a data set: of a folder, or of the camera. */
function labellingCalls({
  intake,
  datasets,
  labelling,
  live,
}: Parts): Pick<
  PlaygroundApi,
  'beginPredicting' | 'morePredictions' | 'stopPredicting' | 'predictedThumbnail' | 'addPredictedPicture' | 'lookLive' | 'endLive'
> {
  return {
    beginPredicting: (runId, files) => answer(async () => labelling.begin(runId, await intake.giveUnlabelled(files))),
    morePredictions: (job) => answer(() => labelling.more(job)),
    stopPredicting: () => answer(async () => done(await labelling.stop())),
    predictedThumbnail: (job, index, side) => answerMoved(() => labelling.thumbnail(job, index, side)),
    addPredictedPicture: (job, index) => answer(async () => datasets.addOwn(await labelling.picture(job, index))),
    lookLive: (runId, picture) => answer(() => live.look(runId, pictureOfBitmap(picture))),
    endLive: () => answer(async () => done(await live.end())),
  };
}

/** The machine. */
function machineCalls({
  shipped,
  files,
  events,
  device,
  engine,
  models,
}: Parts): Pick<PlaygroundApi, 'start' | 'giveWay' | 'verify' | 'benchmark' | 'fullBenchmark' | 'machines' | 'study'> {
  return {
    start: (listener) =>
      answer(async () => {
        events.listen(listener);
        return (await device.engine()).adapter;
      }),
    giveWay: async (milliseconds) => {
      // A machine that cannot be opened is reported where it is needed.
      const opened = await device.opened?.catch(() => null);
      opened?.machine.giveWay?.(milliseconds);
    },
    verify: (given) => answer(() => events.during(async () => verify(await engine(), events, given))),
    benchmark: (given, everywhere) =>
      answer(() =>
        events.during(async () => {
          const configuration = requireConfiguration(given);
          const used = await engine();
          const of = { model: await models.require(configuration), imageSize: configuration.imageSize };
          return benchmarks(used, events, of, everywhere ? otherMachines(used.adapter, files) : []);
        }),
      ),
    fullBenchmark: (minutes) =>
      answer(() =>
        events.during(async () => {
          const used = await engine();
          return used.exclusively(() => measureFully(used, events, files, minutes));
        }),
      ),
    machines: () =>
      answer(async () => {
        const used = await engine();
        return used.exclusively(() => offerMachines(used.machine, files));
      }),
    study: () => answer(() => shipped.results()),
  };
}

/** The worker's side of {@link PlaygroundApi}: puts the parts together, and wraps what each does in an answer. */
export function createPlaygroundApi(files: FileStore): PlaygroundApi {
  const parts = makeParts(files);
  return {
    ...modelCalls(parts),
    ...givenCalls(parts),
    ...dataCalls(parts),
    ...trainingCalls(parts),
    ...runCalls(parts),
    ...resultCalls(parts),
    ...labellingCalls(parts),
    ...machineCalls(parts),
  };
}

const done = (_result: unknown): null => null;

function requireConfiguration(given: Configuration): Configuration {
  const parsed = configurationSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const option = issue?.path.join('.') ?? '';
  throw new PlaygroundError('option.invalid', `${option}: ${issue?.message ?? 'not valid'}`, { subject: option });
}

/** The record of a run whose page was closed while it trained: paused where it can go on from an epoch, else stopped. */
function interrupted(record: RunRecord, activeId: string | null): RunRecord {
  if (record.id === activeId || (record.state !== 'running' && record.state !== 'paused')) return record;
  return { ...record, state: record.epochs.length > 0 ? 'paused' : 'stopped' };
}
