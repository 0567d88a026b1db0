import type { RunRecord } from '../../../protocol/runs/run.js';
import { counted } from '../../format.js';
import { usePlayground } from '../../playground.js';

/** Says which runs come with the page, and hides or shows them. */
export function StudyBar({ shown }: { shown: readonly RunRecord[] }) {
  const study = usePlayground((state) => state.study);
  const visible = usePlayground((state) => state.studyShown);
  const show = usePlayground((state) => state.showStudy);
  const count = Object.keys(study).length;
  const studied = shown.filter((run) => study[run.id] !== undefined);
  if (count === 0 || (visible && studied.length === 0 && shown.length > 0)) return null;
  const [first] = studied;
  return (
    <p className="small soft">
      {visible && first
        ? `The study that comes with the page: ${counted(studied.length, 'run')} of ${counted(first.configuration.epochs, 'epoch')}, tested on ${counted(first.pictures.test, 'picture')}.`
        : `A study of ${count} runs comes with the page.`}{' '}
      <button type="button" className="link" onClick={() => show(!visible)}>
        {visible ? 'Hide the study' : 'Show the study'}
      </button>
    </p>
  );
}
