import { useEffect, useState } from 'react';
import { dataInUse, modelInUse } from '../../../store/facts.js';
import type { Configuration } from '../../../vit/configuration.js';
import { usePlayground } from '../../playground.js';

/** Waits this long after the last change before it estimates, in milliseconds. */
const DELAY = 300;

/**
 * The total time of these runs on this machine in seconds, by the speed of the last run; null while it is not known.
 *
 * @param configurations must be the same array while nothing changes.
 */
export function useSweepTime(configurations: readonly Configuration[]): number | null {
  const estimateSweep = usePlayground((state) => state.estimateSweep);
  const model = usePlayground((state) => modelInUse(state)?.fingerprint);
  const data = usePlayground((state) => dataInUse(state)?.fingerprint);
  // A run measures the machine's speed, so the estimate is made again after it.
  const idle = usePlayground((state) => state.training === 'idle');
  const ready = model !== undefined && data !== undefined && configurations.length > 0;
  const key = JSON.stringify([model, data, idle, configurations]);
  const [estimate, setEstimate] = useState<{ readonly key: string; readonly seconds: number | null } | null>(null);
  useEffect(() => {
    if (!ready) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      void estimateSweep(configurations).then((seconds) => current && setEstimate({ key, seconds }));
    }, DELAY);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [key, ready, configurations, estimateSweep]);
  return estimate?.key === key ? estimate.seconds : null;
}
