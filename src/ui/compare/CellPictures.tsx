import { useMemo } from 'react';
import type { Part } from '../../protocol/maps.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { cellCorrectable, dataInUse, occupied, ofDataInUse, shownCell, shownThumbnail } from '../../store/facts.js';
import { dataOf } from '../../store/keys.js';
import { CELL_PICTURES } from '../../store/slices/runs.js';
import { Button } from '../common/controls.js';
import { Thumbnail, Thumbnails, useScatteredThumbnails } from '../common/pictures/Thumbnail.js';
import { count, dataName } from '../format.js';
import { usePlayground } from '../playground.js';
import { LabelCorrection } from '../setup/data/LabelCorrection.js';
import { isDrawn } from '../../vit/configuration.js';

/** The pictures of the open cell of the confusion matrix. A wrong label can be corrected here. */
export function CellPictures({ run }: { run: RunRecord }) {
  const cell = usePlayground((state) => shownCell(state, run.id));
  const close = usePlayground((state) => state.closeCell);
  if (!cell) return <p className="small faint">Press a cell to see its pictures.</p>;
  const nameOf = (index: number): string => run.classes[index] ?? `class ${index + 1}`;
  const { indices, part } = cell;
  return (
    <div className="stack" data-testid="cell-pictures">
      <div className="spread small">
        <span>
          {indices === null ? 'Pictures' : count(indices.length)} of <span className="strong">{nameOf(cell.truth)}</span>,
          classified as <span className="strong">{nameOf(cell.predicted)}</span>
        </span>
        <Button look="quiet" onClick={close}>
          Close
        </Button>
      </div>
      {indices === null && <OtherData run={run} />}
      {indices && indices.length > 0 && <Pictures run={run} part={part} indices={indices} truth={nameOf(cell.truth)} />}
    </div>
  );
}

interface PicturesProps {
  readonly run: RunRecord;
  readonly part: Part;
  readonly indices: readonly number[];
  /** Their class when the run was trained. */
  readonly truth: string;
}

function Pictures({ run, part, indices, truth }: PicturesProps) {
  const shown = useMemo(() => indices.slice(0, CELL_PICTURES), [indices]);
  useScatteredThumbnails(part, shown);
  const data = usePlayground(dataInUse);
  const correctable = usePlayground((state) => cellCorrectable(state, run));
  const corrected = usePlayground((state) => {
    const labels = shown.map((index) => shownThumbnail(state, part, index)?.label);
    return labels.filter((label) => label !== undefined && data?.classes[label]?.name !== truth).length;
  });
  return (
    <>
      <Thumbnails label="Pictures of the cell">
        {shown.map((index) => (
          <Thumbnail key={index} part={part} index={index} />
        ))}
      </Thumbnails>
      {indices.length > CELL_PICTURES && <p className="small faint">and {count(indices.length - CELL_PICTURES)} more</p>}
      {correctable && data && (
        <div className="small stack">
          <LabelCorrection data={data} part={part} among={indices} />
          {corrected > 0 && (
            <p className="soft">
              {corrected === 1 ? 'One is' : `${corrected} are`} of another class now. The matrix uses the labels that this run was
              trained on: train again to see the difference.
            </p>
          )}
        </div>
      )}
    </>
  );
}

/** A cell's pictures are numbered in the run's own data set, which may not be the one in use. */
function OtherData({ run }: { run: RunRecord }) {
  const own = usePlayground((state) => ofDataInUse(state, run));
  const waiting = usePlayground(occupied);
  const configure = usePlayground((state) => state.configure);
  if (own) return null;
  const { data, seed, splitSeed } = run.configuration;
  const which = isDrawn(data) ? `seed ${seed}` : `split ${splitSeed}`;
  return (
    <div className="note spread">
      <p className="grow">
        This run’s pictures are {dataName(data)}, {which}; another data set is in use.
      </p>
      <Button disabled={waiting} onClick={() => configure(dataOf(run.configuration))}>
        Use its data
      </Button>
    </div>
  );
}
