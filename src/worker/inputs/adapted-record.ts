import type { NamedTensor } from '../../containers/tensors.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import type { AdapterDescription, RunRecord } from '../../protocol/runs/run.js';

/** What adapted weights say of the run that they come from: its curves and measurements are not in them. */
export function recordOf(
  metadata: AdaptedMetadata,
  trained: ReadonlyMap<string, NamedTensor>,
  about: { readonly id: string; readonly name: string; readonly adapter: AdapterDescription; readonly frozen: number },
): RunRecord {
  const { schedule, macs } = setUpAdapted(metadata);
  const now = new Date().toISOString();
  const trainedParameters = [...trained.values()].reduce((sum, { data }) => sum + data.length, 0);
  return {
    format: 'pyra-playground-run',
    version: 1,
    id: about.id,
    name: about.name,
    started: now,
    finished: now,
    state: 'finished',
    configuration: metadata.configuration,
    adapter: about.adapter,
    classes: [...metadata.classes],
    pictures: { train: 0, validation: 0, test: 0 },
    dataFingerprint: metadata.dataFingerprint ?? null,
    schedule: [...metadata.schedule],
    tokens: [...schedule.tokens],
    macs,
    trainedParameters,
    totalParameters: about.frozen + trainedParameters,
    epochs: [],
    bestEpoch: null,
    test: null,
    validation: null,
    stepMilliseconds: null,
    gpuBytes: 0,
    error: null,
  };
}
