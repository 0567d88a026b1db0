import { useEffect, useState } from 'react';
import { dataInUse, modelInUse } from '../../../store/facts.js';
import type { Configuration } from '../../../vit/configuration.js';
import { usePlayground } from '../../playground.js';

/** From the last change of what is asked for to the estimate, in milliseconds. */
const DELAY = 300;

/**
 * Seconds that runs take together on this machine, by the speed of the last run; null while that is worked out or not known.
 *
 * @param configurations the same array while nothing changes.
 */
export function useSweepTime(configurations: readonly Configuration[]): number | null {
  const estimateSweep = usePlayground((state) => state.estimateSweep);
  const model = usePlayground((state) => modelInUse(state)?.fingerprint);
  const data = usePlayground((state) => dataInUse(state)?.fingerprint);
  // A run measures the machine's speed, so the estimate is another one after it.
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
