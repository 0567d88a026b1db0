import { DataPanel } from './data/DataPanel.js';
import { MethodPanel } from './MethodPanel.js';
import { ModelPanel } from './model/ModelPanel.js';
import { RecipePanel } from './RecipePanel.js';
import { RunPanel } from './RunPanel.js';
import { SchedulePanel } from './SchedulePanel.js';

/** Left: what to train, on what, and how; the run's own controls stay in sight at the bottom. */
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
