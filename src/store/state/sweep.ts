import { z } from 'zod';
import { type Configuration, configurationSchema } from '../../vit/configuration.js';
export const entrySchema = z.object({
  id: z.string(),
  name: z.string(),
  configuration: configurationSchema,
  state: z.enum(['waiting', 'running', 'finished', 'skipped', 'failed']),
  runId: z.string().nullable(),
  message: z.string().nullable(),
});

export type SweepEntry = z.infer<typeof entrySchema>;

export interface SweepSlice {
  readonly queue: readonly SweepEntry[];
  readonly sweeping: 'idle' | 'running' | 'paused';
  /** Seconds that the runs take which wait behind the one that trains; null where that is not known. */
  readonly secondsWaiting: number | null;
  /** False, and said at `sweep`, where one of them cannot be trained. */
  enqueue(configurations: readonly Configuration[]): boolean;
  /** Queues what is missing of a comparison of PYRA with ToMe on what is set up, and runs it. */
  compareMethods(): Promise<void>;
  runSweep(): Promise<void>;
  pauseSweep(): Promise<void>;
  /** Takes a waiting entry out, or ends the one that runs. */
  skip(id: string): Promise<void>;
  clearSweep(): void;
  /** Writes down which run the entry that trains has become, so that a reload can go on with it. */
  noticeSweepRun(runId: string): void;
  /** Seconds that they would take together, or null where this adapter's speed is not known yet. */
  estimateSweep(configurations: readonly Configuration[]): Promise<number | null>;
}
