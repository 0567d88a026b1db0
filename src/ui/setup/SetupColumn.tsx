import { DataPanel } from './data/DataPanel.js';
import { MethodPanel } from './MethodPanel.js';
import { ModelPanel } from './model/ModelPanel.js';
import { RecipePanel } from './RecipePanel.js';
import { RunPanel } from './RunPanel.js';
import { SchedulePanel } from './SchedulePanel.js';

/** The left column: data, backbone, method and recipe; the run's own controls stay in view at the bottom. */
export function SetupColumn() {
  return (
    <>
      <div className="setup-scroll">
        <DataPanel />
        <ModelPanel />
        <MethodPanel />
        <SchedulePanel />
        <RecipePanel />
      </div>
      <RunPanel />
    </>
  );
}
