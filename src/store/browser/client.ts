import { proxy, transfer, wrap, type Remote } from 'comlink';
import type { PlaygroundApi } from '../../protocol/api.js';
import { isThreadRequest, openThread } from '../../protocol/threads.js';

/** Starts the worker and wraps it: the calls of {@link PlaygroundApi}, answered by the worker. */
export function createClient(onCrash: (message: string) => void): PlaygroundApi {
  // A machine that the address asks for (`?machine=cpu`, `?machine=gpu`) is the worker's name, which it can read before any message
  // comes.
  const name = new URLSearchParams(location.search).get('machine') ?? '';
  const worker = new Worker(new URL('../../worker/main.ts', import.meta.url), { type: 'module', name });
  worker.addEventListener('error', (event) => onCrash(event.message));
  worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isThreadRequest(data)) openThread(data);
  });
  const remote = wrap<PlaygroundApi>(worker);
  return {
    start: (onEvent) => remote.start(proxy(onEvent)),
    giveWay: (milliseconds) => remote.giveWay(milliseconds),
    useModel: (choice) => remote.useModel(choice),
    takeFetched: (fetched) => remote.takeFetched(fetched),
    keptModels: () => remote.keptModels(),
    deleteUnfinished: () => remote.deleteUnfinished(),
    deleteModel: (name) => remote.deleteModel(name),
    ...givenCalls(remote),
    useTask: (task, seed, pictures) => remote.useTask(task, seed, pictures),
    keptData: () => remote.keptData(),
    deleteData: (id) => remote.deleteData(id),
    exportData: (into) => remote.exportData(into),
    useKeptData: (name) => remote.useKeptData(name),
    editData: (edits) => remote.editData(edits),
    thumbnails: (part, from, count, side) => remote.thumbnails(part, from, count, side),
    classPictures: (part, label) => remote.classPictures(part, label),
    estimate: (configuration) => remote.estimate(configuration),
    adapt: (configuration, name) => remote.adapt(configuration, name),
    pause: () => remote.pause(),
    resume: () => remote.resume(),
    stop: () => remote.stop(),
    continueRun: (runId) => remote.continueRun(runId),
    savedRuns: () => remote.savedRuns(),
    study: () => remote.study(),
    updateRun: (runId, change) => remote.updateRun(runId, change),
    deleteRun: (runId) => remote.deleteRun(runId),
    map: (request) => remote.map(request),
    watch: (request) => remote.watch(request),
    addOwnPicture: (file) => remote.addOwnPicture(file),
    confusionCell: (runId, part, truth, predicted) => remote.confusionCell(runId, part, truth, predicted),
    keptEpochs: (runId) => remote.keptEpochs(runId),
    measureRun: (runId) => remote.measureRun(runId),
    beginPredicting: (runId, files) => remote.beginPredicting(runId, files),
    morePredictions: (job) => remote.morePredictions(job),
    stopPredicting: () => remote.stopPredicting(),
    predictedThumbnail: (job, index, side) => remote.predictedThumbnail(job, index, side),
    addPredictedPicture: (job, index) => remote.addPredictedPicture(job, index),
    lookLive: (runId, picture) => remote.lookLive(runId, transfer(picture, [picture])),
    endLive: () => remote.endLive(),
    exportRun: (runId, format, beside) => remote.exportRun(runId, format, beside),
    verify: (files) => remote.verify(files),
    benchmark: (configuration, everywhere) => remote.benchmark(configuration, everywhere),
    fullBenchmark: (minutes) => remote.fullBenchmark(minutes),
    machines: () => remote.machines(),
  };
}

/** What a person gives. */
function givenCalls(
  remote: Remote<PlaygroundApi>,
): Pick<
  PlaygroundApi,
  'offer' | 'offerFolder' | 'give' | 'giveByHand' | 'cancelGiving' | 'answerData' | 'answerRefused' | 'whyUnreadable'
> {
  return {
    offer: (files) => remote.offer(files),
    offerFolder: (folder) => remote.offerFolder(folder),
    give: (files) => remote.give(files),
    giveByHand: (name, classes) => remote.giveByHand(name, classes),
    cancelGiving: () => remote.cancelGiving(),
    answerData: (option, value) => remote.answerData(option, value),
    answerRefused: (option, value) => remote.answerRefused(option, value),
    whyUnreadable: (file) => remote.whyUnreadable(file),
  };
}
