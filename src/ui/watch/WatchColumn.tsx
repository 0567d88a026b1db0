import { OfferedPicture } from '../intake/OfferedPicture.js';
import { LivePanel } from './LivePanel.js';
import { MapPanel } from './MapPanel.js';
import { ModulationPanel } from './ModulationPanel.js';
import { PicturePicker } from './PicturePicker.js';

/** Centre: the picture and its merge map, large; under it what merged and the live curves. */
export function WatchColumn() {
  return (
    <>
      <PicturePicker />
      <OfferedPicture />
      <MapPanel />
      <LivePanel />
      <ModulationPanel />
    </>
  );
}
