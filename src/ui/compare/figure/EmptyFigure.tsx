import type { Measure } from '../../../results/figure/points.js';
import { usePlayground } from '../../playground.js';
import { FigureSketch } from './FigureSketch.js';
import { CompareOffer } from '../sweep/CompareOffer.js';

/** The figure before its first point: what it will show, and a button that trains the runs for it. */
export function EmptyFigure({ measure }: { measure: Measure }) {
  const training = usePlayground((state) => state.training !== 'idle');
  return (
    <>
      <FigureSketch measure={measure}>
        <p>
          {training
            ? 'The training run becomes a point here after its first epoch.'
            : 'Each run becomes a point that shows how accurate the compressed model still is.'}
        </p>
        {!training && <CompareOffer />}
      </FigureSketch>
      <p className="small faint figure-reading">
        {measure === 'speed'
          ? 'Images per second are measured on this adapter when a run is evaluated.'
          : 'Dotted lines: what each schedule costs. Training shows how accurate it is.'}
      </p>
    </>
  );
}
