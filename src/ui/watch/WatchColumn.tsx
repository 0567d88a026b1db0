import { OfferedPicture } from '../intake/OfferedPicture.js';
import { LivePanel } from './LivePanel.js';
import { MapPanel } from './MapPanel.js';
import { ModulationPanel } from './ModulationPanel.js';
import { PicturePicker } from './PicturePicker.js';

/** The middle column: the picture's merge map, under it the curves and all pairs of the block. */
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
