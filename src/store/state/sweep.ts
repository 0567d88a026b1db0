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
  /** Seconds that the runs in the queue behind the present one will take; null where that is not known. */
  readonly secondsWaiting: number | null;
  /** Queues runs. False if one of them cannot be trained, which is reported at `sweep`. */
  enqueue(configurations: readonly Configuration[]): boolean;
  /** Queues and starts the runs of {@link COMPARISON} that are missing, on the present set-up. */
  compareMethods(): Promise<void>;
  runSweep(): Promise<void>;
  pauseSweep(): Promise<void>;
  /** Removes a waiting entry, or ends the one that runs. */
  skip(id: string): Promise<void>;
  clearSweep(): void;
  /** Notes the run of the entry that trains, so that it can go on after a reload. */
  noticeSweepRun(runId: string): void;
  /** Seconds that these runs would take together; null while this adapter's speed is not known. */
  estimateSweep(configurations: readonly Configuration[]): Promise<number | null>;
}
