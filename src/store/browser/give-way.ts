import type { PlaygroundApi } from '../../protocol/api.js';
import type { PlaygroundStore } from '../state.js';

/** How long a processor is left to the page after a person's last movement, and the shortest time between two requests, in ms. */
export const GIVE_WAY = { milliseconds: 400, between: 100 } as const;

/** What a person does before something on the page has to change. */
const MOVEMENTS = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/**
 * Leaves a processor to the page while a run trains and a person points, types or scrolls: where every processor computes, a click is
 * drawn late.
 *
 * @param target where movements arrive.
 * @param now the time in milliseconds.
 */
export function giveWay(
  store: PlaygroundStore,
  api: Pick<PlaygroundApi, 'giveWay'>,
  target: EventTarget,
  now: () => number,
): void {
  let asked = -Infinity;
  const ask = (): void => {
    if (store.getState().training !== 'running' || now() - asked < GIVE_WAY.between) return;
    asked = now();
    void api.giveWay(GIVE_WAY.milliseconds);
  };
  for (const movement of MOVEMENTS) target.addEventListener(movement, ask, { capture: true, passive: true });
}
