import type {
  DataEdits,
  DataSummary,
  Estimate,
  KeptModel,
  ModelSummary,
  MapRequest,
  PlaygroundApi,
  Recognised,
  WorkerEvent,
} from '../../protocol/api.js';
import { NO_ANSWERS, PAPER_RECIPE, type BackboneChoice, type Configuration } from '../../vit/configuration.js';
import { scratchArchitecture } from '../../engine/model/scratch.js';
import type { FetchedModel } from '../../protocol/hub/downloads.js';
import type { ErrorRecord } from '../../vit/errors.js';
import type { MergeMap, Part, PictureReference } from '../../protocol/maps.js';
import { optionsKey, type Computed, type Provenance } from '../../protocol/provenance.js';
import { NUMERICS, type Results, type RunRecord } from '../../protocol/runs/run.js';
import type { Answer } from '../../protocol/answer.js';
import { FakePredictions } from './fake-predictions.js';

const ok = <T>(value: T): Answer<T> => ({ ok: true, value });
const wrong = (error: ErrorRecord): { ok: false; error: ErrorRecord } => ({ ok: false, error });

const ADAPTER = { name: 'test adapter', vendor: '', architecture: '', description: '', kind: 'gpu' as const, features: [] };

const MODEL: ModelSummary = {
  fingerprint: 'bundled',
  name: 'bundled',
  answers: NO_ANSWERS,
  format: 'timm',
  architecture: scratchArchitecture({ channels: 96, blocks: 12, heads: 3, patch: 8, side: 96 }),
  parameters: 1_363_015,
  notes: [],
  unusedTensors: [],
};

const ESTIMATE: Estimate = {
  gpuBytes: 1e8,
  secondsPerEpoch: 2,
  imagesPerSecond: 400,
  seenInRuns: true,
  trainedParameters: 1000,
  totalParameters: 1e6,
  macs: 1e8,
};

export function fakeData(name: string, seed = 0): DataSummary {
  return {
    fingerprint: `${name} ${seed}`,
    places: `${name} ${seed}`,
    name,
    form: 'drawn task',
    classes: [
      { name: 'a', pictures: 500 },
      { name: 'b', pictures: 500 },
    ],
    pictures: { train: 800, validation: 200, test: 1000 },
    split: '',
    skipped: [],
    classesFrom: null,
    notes: [],
    questions: [],
    keptSide: null,
    typicalSide: null,
  };
}

export function fakeRun(id: string, configuration: Configuration, state: RunRecord['state'], epochs: number): RunRecord {
  return {
    format: 'pyra-playground-run',
    version: 1,
    numerics: NUMERICS[ADAPTER.kind],
    id,
    name: id,
    started: '2026-01-01T00:00:00Z',
    finished: null,
    state,
    configuration,
    adapter: ADAPTER,
    classes: ['a', 'b'],
    pictures: { train: 800, validation: 200, test: 1000 },
    dataFingerprint: null,
    schedule: [],
    tokens: [],
    macs: 1e8,
    trainedParameters: 1000,
    totalParameters: 1e6,
    epochs: Array.from({ length: epochs }, (_, index) => ({
      epoch: index + 1,
      trainLoss: 1,
      trainAccuracy: 0.5,
      validationLoss: 1,
      validationAccuracy: 0.5,
      learningRate: 1e-3,
      imagesPerSecond: 100,
      seconds: 1,
    })),
    bestEpoch: epochs,
    test: null,
    validation: null,
    stepMilliseconds: null,
    gpuBytes: 0,
    error: null,
  };
}

export interface FakeMapOf {
  readonly data?: string;
  readonly backbone?: string;
  readonly configuration?: Configuration;
}

export function fakeMap(weights: MergeMap['weights'], picture: PictureReference, of: FakeMapOf = {}): MergeMap {
  return {
    weights,
    data: picture.part === 'photograph' ? null : (of.data ?? 'task:texture 0'),
    backbone: of.backbone ?? 'bundled',
    configuration: of.configuration ?? PAPER_RECIPE,
    truth: 'a',
    classes: [],
    picture,
    gridSide: 1,
    imageSize: 1,
    protectedTokens: 1,
    pixels: new Uint8ClampedArray(4),
    blocks: [],
    probabilities: new Float32Array(),
    milliseconds: 1,
  };
}

/**
 * A worker that trains in no time and records its calls. With `hold`, runs stay open until `finish` is called, so that a test can look at
 * a training run.
 */
export class FakeApi extends FakePredictions implements PlaygroundApi {
  saved: RunRecord[] = [];
  kept: string[] = [];
  keptBackbones: KeptModel[] = [];
  /** Ids of runs whose weights are not there. */
  readonly records = new Set<string>();
  /** The name of a backbone that does not say how many heads it has. */
  headless: string | null = null;
  startError: ErrorRecord | null = null;
  hold = false;
  /** The data set in use, as in a worker. */
  data: DataSummary | null = null;
  emit: (event: WorkerEvent) => void = () => undefined;
  readonly #open: ((state: RunRecord['state']) => void)[] = [];
  #made = 0;

  #use(data: DataSummary): DataSummary {
    this.data = data;
    return data;
  }

  #ofData(): Provenance {
    return this.data ? { data: this.data.fingerprint } : {};
  }

  #best(runId: string): number {
    return this.saved.find((run) => run.id === runId)?.bestEpoch ?? 0;
  }

  finish(state: RunRecord['state'] = 'finished'): void {
    this.#open.shift()?.(state);
  }

  async #train(id: string, configuration: Configuration): Promise<Answer<RunRecord>> {
    this.emit({ kind: 'run', run: fakeRun(id, configuration, 'running', 0) });
    const state = this.hold ? await new Promise<RunRecord['state']>((resolve) => this.#open.push(resolve)) : 'finished';
    return ok(fakeRun(id, configuration, state, state === 'finished' ? configuration.epochs : 1));
  }

  async start(onEvent: (event: WorkerEvent) => void) {
    this.emit = onEvent;
    return this.startError ? wrong(this.startError) : ok(ADAPTER);
  }
  async useModel({ model, ...answers }: BackboneChoice) {
    const heads = answers.heads ?? (model === this.headless ? null : MODEL.architecture.heads);
    if (heads === null) return wrong({ code: 'option.invalid', message: `${model} does not say its heads`, subject: 'heads' });
    const known = model === MODEL.name || model === this.headless || this.keptBackbones.some(({ name }) => name === model);
    if (!known) return wrong({ code: 'option.invalid', message: `no backbone ${model}`, subject: 'model' });
    if (model !== MODEL.name) this.calls.push(`useModel ${model} ${heads}`);
    await this.delayed(`useModel ${model}`);
    return ok({ ...MODEL, fingerprint: model, name: model, answers, architecture: { ...MODEL.architecture, heads } });
  }
  async giveWay() {
    this.calls.push('giveWay');
  }
  async keptModels() {
    return ok({ models: this.keptBackbones, unfinishedBytes: 0 });
  }
  async takeFetched({ name }: FetchedModel) {
    this.keptBackbones = [...this.keptBackbones, { name, bytes: 10, answers: NO_ANSWERS }];
    return ok({ kind: 'model' as const, model: { ...MODEL, fingerprint: name, name } });
  }
  async deleteUnfinished() {
    this.calls.push('deleteUnfinished');
    return this.keptModels();
  }
  async deleteModel(name: string) {
    this.calls.push(`deleteModel ${name}`);
    this.keptBackbones = this.keptBackbones.filter((kept) => kept.name !== name);
    return this.keptModels();
  }
  async offer(files: readonly unknown[]) {
    this.calls.push(`offer ${files.length}`);
    return ok(undefined);
  }
  async offerFolder() {
    this.calls.push('offerFolder');
    return ok(1200);
  }
  async cancelGiving() {
    this.calls.push('cancelGiving');
  }
  async give(): Promise<Answer<Recognised>> {
    return ok({ kind: 'data' as const, data: this.#use(fakeData('my pictures')) });
  }
  async giveByHand(name: string, classes: readonly { readonly name: string; readonly pictures: number }[]) {
    this.calls.push(`giveByHand ${name}: ${classes.map((each) => `${each.name} ${each.pictures}`).join(', ')}`);
    return ok(this.#use(fakeData(name)));
  }
  async useTask(task: string, seed: number) {
    this.calls.push(`useTask ${task} ${seed}`);
    await this.delayed(`useTask ${task} ${seed}`);
    return ok(this.#use(fakeData(`task:${task}`, seed)));
  }
  async keptData() {
    const sets = this.kept.map((name) => ({ id: `id of ${name}`, name, pictures: 1000, classes: 2, side: 96, bytes: 1e6 }));
    return ok({ sets, storage: null });
  }
  async deleteData(id: string) {
    this.calls.push(`deleteData ${id}`);
    this.kept = this.kept.filter((name) => id !== `id of ${name}`);
    return this.keptData();
  }
  async exportData() {
    return ok({ name: 'my pictures.zip', blob: new Blob(['zip']), pictures: 1000, skipped: [] });
  }
  async useKeptData(name: string) {
    this.calls.push(`useKeptData ${name}`);
    return this.kept.includes(name) ? ok(this.#use(fakeData(name))) : wrong({ code: 'data.empty', message: `no data ${name}` });
  }
  async editData({ splitSeed, labels = {} }: DataEdits) {
    this.calls.push(`editData ${splitSeed}`);
    const data = fakeData(this.data?.name ?? 'my pictures', splitSeed);
    // A corrected label makes another data set of the same pictures.
    const corrected = Object.keys(labels).length > 0 ? ` ${JSON.stringify(labels)}` : '';
    return ok(this.#use({ ...data, fingerprint: `${data.fingerprint}${corrected}` }));
  }
  async answerData(option: string, value: string) {
    this.calls.push(`answerData ${option} ${value}`);
    return ok(this.#use({ ...fakeData(this.data?.name ?? 'my pictures'), form: `read by ${option} ${value}` }));
  }
  async answerRefused(option: string, value: string) {
    return this.answerData(option, value);
  }
  async thumbnails(_part: Part, from: number, count: number) {
    const pixels = new Uint8ClampedArray(4);
    const value = Array.from({ length: count }, (_, index) => ({ name: `${from + index}`, label: 0, side: 1, pixels }));
    return ok({ of: this.#ofData(), value });
  }
  async classPictures(_part: Part, label: number) {
    return ok({ of: this.#ofData(), value: [label, label + 2] });
  }
  async estimate(configuration: Configuration): Promise<Answer<Computed<Estimate>>> {
    const of = { ...this.#ofData(), weights: configuration.model, configuration: optionsKey(configuration) };
    return ok({ of, value: ESTIMATE });
  }
  async adapt(configuration: Configuration, name: string) {
    this.calls.push(`adapt ${name}`);
    return this.#train(`run-${this.#made++}`, configuration);
  }
  async pause() {
    this.calls.push('pause');
    return ok(null);
  }
  async resume() {
    this.calls.push('resume');
    return ok(null);
  }
  async stop() {
    this.calls.push('stop');
    this.finish('stopped');
    return ok(null);
  }
  async continueRun(runId: string) {
    this.calls.push(`continue ${runId}`);
    const run = this.saved.find((other) => other.id === runId);
    return run ? this.#train(runId, run.configuration) : wrong({ code: 'option.invalid', message: `no run ${runId}` });
  }
  /** The runs that come with the page, and the ids of those with weights. */
  studied: Results = { format: 'pyra-playground-results', version: 1, runs: [], weights: [] };
  async study() {
    return ok(this.studied);
  }
  async savedRuns() {
    return ok(this.saved);
  }
  async updateRun(runId: string, change: { readonly name?: string; readonly notes?: string }) {
    const run = this.saved.find((other) => other.id === runId);
    return run ? ok({ ...run, ...change }) : wrong({ code: 'option.invalid', message: `no run ${runId}` });
  }
  async deleteRun(runId: string) {
    this.calls.push(`delete ${runId}`);
    return ok(null);
  }
  async map({ weights, picture, configuration }: MapRequest) {
    await this.delayed('map');
    if (weights.kind === 'run' && this.records.has(weights.runId))
      return wrong({ code: 'weights.not-here', message: `${weights.runId}: its weights are not on this page` });
    const of = { data: this.data?.fingerprint ?? '', backbone: configuration.model, configuration };
    if (weights.kind === 'run' && weights.epoch !== undefined) {
      this.calls.push(`map ${picture.index} after epoch ${weights.epoch}`);
      return ok(fakeMap({ runId: weights.runId, epoch: weights.epoch }, picture, of));
    }
    this.calls.push(`map ${picture.index}`);
    const shown = weights.kind === 'run' ? { runId: weights.runId, epoch: this.#best(weights.runId) } : 'backbone';
    return ok(fakeMap(shown, picture, of));
  }
  async keptEpochs() {
    return ok([1, 2]);
  }
  async measureRun(runId: string) {
    this.calls.push(`measure ${runId}`);
    const run = this.saved.find((other) => other.id === runId);
    return run ? ok({ ...run, macs: 1 }) : wrong({ code: 'option.invalid', message: `no run ${runId}` });
  }
  async watch(request: unknown) {
    this.calls.push(request === null ? 'watch nothing' : 'watch');
    return ok(null);
  }
  async addOwnPicture(file: File): Promise<Answer<PictureReference>> {
    if (file.size === 0) return wrong({ code: 'data.image', message: `${file.name}: is no picture`, subject: file.name });
    return ok({ part: 'own', index: 0 });
  }
  async whyUnreadable(file: File) {
    return ok(file.name.endsWith('.heic') ? `${file.name}: is a HEIC picture` : null);
  }
  async confusionCell(runId: string) {
    return ok({ of: { ...(this.data ? { data: this.data.places } : {}), run: runId }, value: [1, 2] });
  }
  async exportRun() {
    return wrong({ code: 'option.invalid', message: 'this run has nothing to export' });
  }
  async verify() {
    return ok([]);
  }
  async machines() {
    return ok([
      { kind: 'gpu' as const, adapter: ADAPTER, gflops: 900 },
      { kind: 'cpu' as const, problem: 'no SIMD here' },
    ]);
  }
  async fullBenchmark(minutes: number) {
    return ok({
      ...{ adapter: ADAPTER, toggles: null, began: '2026-01-01T00:00:00Z', seconds: 60 * minutes },
      ...{ rows: [], choices: {} },
    });
  }
  async benchmark({ model, imageSize }: Configuration) {
    const of = { weights: model, configuration: optionsKey({ imageSize }), adapter: ADAPTER.name };
    const measured = [{ model, imageSize, batchSize: 16, adapter: ADAPTER.name, rows: [] }];
    return ok({ of, value: { measured, missing: [] } });
  }
}
