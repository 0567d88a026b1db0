import { OVERLAYS } from '../../store/state/maps.js';
import { shownMap } from '../../store/facts.js';
import { modulates } from '../../vit/methods/index.js';
import { Choices } from '../common/controls.js';
import { usePlayground } from '../playground.js';

const OVERLAY_NAMES = { none: 'Regions', pairs: 'Pair weights', strength: 'Change by PYRA' } as const;

/** Chooses what is drawn over the picture: the regions alone, or PYRA's weights as well if the map has them. */
export function MapOverlay() {
  const overlay = usePlayground((state) => state.overlay);
  const setOverlay = usePlayground((state) => state.setOverlay);
  const modulated = usePlayground((state) => {
    const maps = [shownMap(state, 'first')?.value, shownMap(state, 'second')?.value];
    return maps.some((map) => map && modulates(map.configuration.method));
  });
  if (!modulated && overlay === 'none') return null;
  return (
    <Choices
      small
      label="Drawn over the picture"
      value={overlay}
      choices={OVERLAYS.map((value) => ({ value, label: OVERLAY_NAMES[value] }))}
      onChange={setOverlay}
    />
  );
}
