import { useMemo } from 'react';
import { sizeChoices } from '../../../store/progress/choices.js';
import { configurationInUse, dataInUse, modelInUse, shownEstimate, shownSuited } from '../../../store/facts.js';
import { Choices } from '../../common/controls.js';
import { duration } from '../../format.js';
import { usePlayground } from '../../playground.js';

/** Other image sizes, each with the estimated time of the run. */
export function SizeChoices({ disabled }: { disabled: boolean }) {
  const configuration = usePlayground(configurationInUse);
  const architecture = usePlayground((state) => modelInUse(state)?.architecture);
  const classes = usePlayground((state) => dataInUse(state)?.classes.length ?? 0);
  const estimate = usePlayground(shownEstimate);
  const suited = usePlayground(shownSuited);
  const choose = usePlayground((state) => state.chooseSize);
  const perEpoch = estimate?.secondsPerEpoch ?? null;
  const choices = useMemo(() => {
    if (!architecture) return [];
    const seconds = perEpoch === null ? null : perEpoch * configuration.epochs;
    return sizeChoices(configuration, architecture, classes, seconds);
  }, [configuration, architecture, classes, perEpoch]);
  if (choices.length < 2) return null;
  return (
    <>
      {suited && (
        <p className="small soft" role="status">
          The size is now {configuration.imageSize} px, chosen for your pictures: {suited.why}
        </p>
      )}
      <details className="small" open={suited !== null || undefined}>
        <summary>Image sizes, with the time of the run</summary>
        <div className="details-body">
          <Choices
            label="Image size and time of the run"
            small
            value={String(configuration.imageSize)}
            disabled={disabled}
            choices={choices.map(({ side, seconds }) => ({
              value: String(side),
              label: seconds === null ? `${side} px` : `${side} px: ${duration(seconds)}`,
            }))}
            onChange={(side) => choose(Number(side))}
          />
        </div>
      </details>
    </>
  );
}
