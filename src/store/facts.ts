/**
 * The present state of what results depend on (the configuration, the backbone and the data in use), and each result compared with it.
 * Views reach results only through here.
 */
import type { FullBenchmark } from '../protocol/benchmark/full.js';
import type { Benchmarks, DataSummary, Estimate, ModelSummary, Thumbnail, VerifyReport } from '../protocol/api.js';
import type { MergeMap, Part, PictureReference } from '../protocol/maps.js';
import { PHOTOGRAPHS } from '../protocol/photographs.js';
import { optionsKey, type Provenance } from '../protocol/provenance.js';
import type { RunRecord } from '../protocol/runs/run.js';
import { isDrawn, type Configuration } from '../vit/configuration.js';
import { mapSide } from '../vit/map-side.js';
import { methodUnit, reduces } from '../vit/methods/index.js';
import type { ErrorRecord } from '../vit/errors.js';
import type { Shown } from './evidence.js';
import { choiceKey, configurationKey, dataKey, mergingKey, pictureKey, runWeights } from './keys.js';
import type { Live, Predicted } from './predictions/state.js';
import { runById, weightsAtHand } from './run-lookup.js';
import type { Playground } from './state.js';
import type { Browsed, Thumbnails } from './state/intake.js';
import type { MapSource, Pane } from './state/maps.js';
import type { Place } from './state/problems.js';
import type { Cell } from './state/runs.js';
import type { Suited } from './state/setup.js';
import { nameOf } from '../protocol/runs/run-names.js';

/** The configuration of the run that trains or is measured; otherwise the set-up. */
export const configurationInUse = (state: Playground): Configuration => state.borrowed ?? state.configuration;

/** Whether a run trains or is measured, so that the set-up waits. */
export const occupied = (state: Playground): boolean => state.training !== 'idle' || state.borrowed !== null;

export function modelInUse(state: Playground): ModelSummary | null {
  return state.model?.against({ configuration: choiceKey(configurationInUse(state)) })?.value ?? null;
}

export function dataInUse(state: Playground): DataSummary | null {
  return state.data?.against({ configuration: dataKey(configurationInUse(state)) })?.value ?? null;
}

/** The data set and the backbone in use. */
function materials(state: Playground): Provenance {
  const data = dataInUse(state)?.fingerprint;
  const weights = modelInUse(state)?.fingerprint;
  return { ...(data === undefined ? {} : { data }), ...(weights === undefined ? {} : { weights }) };
}

export function estimateFacts(state: Playground): Provenance {
  return { ...materials(state), configuration: configurationKey(configurationInUse(state)) };
}

export function shownEstimate(state: Playground): Estimate | null {
  return state.estimate?.against(estimateFacts(state))?.value ?? null;
}

export function shownSuited(state: Playground): Suited | null {
  return state.suited?.against(materials(state))?.value ?? null;
}

export function shownThumbnails(state: Playground): Thumbnails | null {
  return state.thumbnails?.against(materials(state))?.value ?? null;
}

export function shownThumbnail(state: Playground, part: Part, index: number): Thumbnail | undefined {
  return shownThumbnails(state)?.[part][index];
}

export function shownBrowsed(state: Playground): Browsed | null {
  return state.browsed?.against(materials(state))?.value ?? null;
}

/** The open cell of a run's confusion matrix; null once the data set that its pictures belong to is not in use. */
export function shownCell(state: Playground, runId: string): Cell | null {
  // Corrected labels do not change the cell, since the run learnt the earlier ones.
  const places = dataInUse(state)?.places;
  return state.cell?.against({ ...(places === undefined ? {} : { data: places }), run: runId })?.value ?? null;
}

/**
 * Whether labels of the pictures in a run's open cell may be corrected: they belong to the data set in use, which the worker compared
 * with the run's picture by picture, and are not drawn.
 */
export function cellCorrectable(state: Playground, run: RunRecord): boolean {
  const own = run.dataFingerprint !== null && ofDataInUse(state, run) && !isDrawn(run.configuration.data);
  return own && (shownCell(state, run.id)?.indices ?? null) !== null;
}

/** What predictions depend on: the run that is asked, with its present weights. */
export function predictionFacts(state: Playground): Provenance {
  const run = runById(state, state.predictRunId);
  return run ? { run: run.id, weights: runWeights(run.id, run.bestEpoch ?? 0) } : {};
}

export function shownPredicted(state: Playground): Predicted | null {
  return state.predicted?.against(predictionFacts(state))?.value ?? null;
}

/** What the run that is asked makes of the camera's picture. */
export function shownLive(state: Playground): Live | null {
  return state.live?.against(predictionFacts(state))?.value ?? null;
}

/** Depends on nothing but the machine in use. */
export function shownFull(state: Playground): FullBenchmark | null {
  return state.fullyMeasured?.against(adapterFact(state))?.value ?? null;
}

/** A benchmark names what it measured, and so is still shown when something else is set up. */
export function shownBenchmark(state: Playground): Shown<Benchmarks> | null {
  const configuration = optionsKey({ imageSize: state.configuration.imageSize });
  return state.benchmarked?.against({ ...materials(state), configuration, ...adapterFact(state) }, []) ?? null;
}

export function shownReports(state: Playground): Shown<readonly VerifyReport[]> | null {
  return state.verified?.against(adapterFact(state), []) ?? null;
}

export const adapterFact = ({ adapter }: Playground): Provenance => (adapter ? { adapter: adapter.name } : {});

/** How the last given files were understood, while they are in use. */
export function shownUnderstanding(state: Playground): string {
  return state.understood?.against({ data: state.configuration.data, weights: state.configuration.model })?.value ?? '';
}

/** The configuration of the backbone's map: the one in use, with pictures of {@link mapSide}. */
export function mapConfiguration(state: Playground): Configuration {
  const configuration = configurationInUse(state);
  const architecture = modelInUse(state)?.architecture;
  if (!architecture) return configuration;
  const side = mapSide(configuration.imageSize, architecture);
  return side === configuration.imageSize ? configuration : { ...configuration, imageSize: side };
}

/** The picture on the map, and the data set that it stands in. */
export const pictureFacts = (state: Playground): Provenance => ({
  data: configurationInUse(state).data,
  picture: pictureKey(state.picture),
});

/** What a pane's map depends on; null where the pane is closed. */
export function paneFacts(state: Playground, pane: Pane): Provenance | null {
  const source = state.sources[pane];
  if (!source) return null;
  const { data } = materials(state);
  const common = { ...(data === undefined ? {} : { data }), picture: pictureKey(state.picture) };
  return { ...common, ...sourceFacts(state, source) };
}

function sourceFacts(state: Playground, source: MapSource): Provenance {
  if (source.kind === 'run') {
    const run = runById(state, source.runId);
    const method = source.method ?? run?.configuration.method;
    return {
      weights: runWeights(source.runId, source.epoch ?? run?.bestEpoch ?? 0),
      ...(method ? { configuration: method } : {}),
    };
  }
  if (source.kind === 'setup' && state.activeId !== null) return { run: state.activeId };
  const { weights } = materials(state);
  const base = mapConfiguration(state);
  const { method, schedule } = source.kind === 'backbone' ? source : base;
  return { ...(weights === undefined ? {} : { weights }), configuration: mergingKey({ ...base, method, schedule }) };
}

/** What a map was computed from, by what it says of itself. */
export function originOf({ data, picture, weights, backbone, configuration }: MergeMap): Provenance {
  const common = { ...(data === null ? {} : { data }), picture: pictureKey(picture) };
  if (weights === 'backbone') return { ...common, weights: backbone, configuration: mergingKey(configuration) };
  return {
    ...common,
    weights: runWeights(weights.runId, weights.epoch),
    // Of a run's configuration only the method can be replaced.
    configuration: configuration.method,
  };
}

/** What a live map was computed from: passing weights, for which any of the run's stand. */
export function liveOriginOf(map: MergeMap, runId: string): Provenance {
  return { ...(map.data === null ? {} : { data: map.data }), picture: pictureKey(map.picture), run: runId };
}

/**
 * The map of a pane. Of another set-up or another picture it is marked as of before, until the new one is there; of another data set it
 * is null.
 */
export function shownMap(state: Playground, pane: Pane): Shown<MergeMap> | null {
  const facts = paneFacts(state, pane);
  if (!facts) return null;
  return state.liveMap?.against(facts) ?? state.maps[pane]?.against(facts, ['data']) ?? null;
}

/** What a map is of, in words: for one that is not of what is set up now. */
export function mapWords(state: Playground, { configuration, picture, weights }: MergeMap): string {
  const { method, schedule, imageSize } = configuration;
  const { label } = methodUnit(method);
  const merging = reduces(method) ? `${label} ${schedule}` : label;
  const run = weights === 'backbone' ? undefined : runById(state, weights.runId);
  const what =
    weights === 'backbone' ? `backbone, ${merging}, ${imageSize} px` : `${run ? nameOf(run) : 'a run'}, epoch ${weights.epoch}`;
  return pictureKey(picture) === pictureKey(state.picture) ? what : `${pictureWords(state, picture)}, ${what}`;
}

export function pictureWords({ ownPictures }: Pick<Playground, 'ownPictures'>, { part, index }: PictureReference): string {
  if (part === 'photograph') return `photograph: ${PHOTOGRAPHS[index]?.name.toLowerCase() ?? index + 1}`;
  if (part === 'own') return `your picture: ${ownPictures.find((own) => own.index === index)?.name ?? index + 1}`;
  return `${part} picture ${index + 1}`;
}

/**
 * The name of the data set whose classes a map's run tells apart, where that is not in use: its classes are others, whatever their
 * names.
 */
export function foreignClasses(state: Playground, { weights }: MergeMap): string | null {
  const run = weights === 'backbone' ? undefined : runById(state, weights.runId);
  return run && run.configuration.data !== configurationInUse(state).data ? run.configuration.data : null;
}

/** The run that a problem at a place has to be about. */
function runAt(state: Playground, place: Place): string | null {
  return place === 'run' ? (state.activeId ?? state.selectedId) : state.selectedId;
}

function placeFacts(state: Playground, place: Place): Provenance {
  switch (place) {
    case 'map':
      return paneFacts(state, 'first') ?? {};
    case 'secondMap':
      return paneFacts(state, 'second') ?? {};
    case 'model':
      return { weights: configurationInUse(state).model };
    case 'data':
      return { data: configurationInUse(state).data };
    case 'picture':
      return pictureFacts(state);
    case 'fit':
      return estimateFacts(state);
    case 'predict':
      return state.predictRunId === null ? {} : { run: state.predictRunId };
    case 'run':
    case 'results':
    case 'export': {
      const run = runAt(state, place);
      return run === null ? {} : { run };
    }
    default:
      return {};
  }
}

/** The problem at a place, while it concerns what is shown there. */
export function problemAt(state: Playground, place: Place): ErrorRecord | null {
  return state.problems[place]?.against(placeFacts(state, place))?.value ?? null;
}

/** A run's present state, whatever its record says: where no tab trains it, it was interrupted. */
export function runState(state: Playground, run: RunRecord): string {
  if (state.elsewhere.includes(run.id)) return 'trains in another tab';
  if (run.id === state.activeId) return PHASES[state.training];
  return run.state === 'running' || run.state === 'paused' ? 'interrupted' : run.state;
}

const PHASES: Readonly<Record<Playground['training'], string>> = {
  idle: 'running',
  starting: 'starting',
  running: 'running',
  paused: 'paused',
  stopping: 'stopping',
};

/** Whether a run's pictures are those of the data set in use, so that its indices mean these. */
export function ofDataInUse(state: Playground, run: RunRecord): boolean {
  const data = dataInUse(state);
  if (!data || dataKey(run.configuration) !== dataKey(configurationInUse(state))) return false;
  return data.classes.map(({ name }) => name).join('\n') === run.classes.join('\n');
}

/** Why a run cannot be asked about pictures, as a sentence; null where it can. */
export function obstacleToPredict(state: Playground, runId: string): string | null {
  const run = runById(state, runId);
  if (!run) return 'This run is gone.';
  if (!weightsAtHand(state, run)) return `${nameOf(run)}: its weights are not on this page.`;
  return occupied(state) ? 'A run is training or being measured, which would change the times: ask when it has ended.' : null;
}

/** Why a run's test part cannot be measured, as a sentence; null where it can. */
export function obstacleToMeasure(state: Playground, run: RunRecord): string | null {
  const { train, validation, test } = run.pictures;
  // Adapted weights that came without a record do not say how many pictures there were.
  const pictures = train + validation + test > 0 ? test : ofDataInUse(state, run) ? (dataInUse(state)?.pictures.test ?? 1) : 1;
  if (pictures === 0) return 'Its data set has no test part, so there is nothing to measure.';
  if (state.training !== 'idle') return 'A run that trains would share the adapter: measure when it has ended.';
  if (state.measuringId !== null) return 'A run is being measured.';
  return null;
}
