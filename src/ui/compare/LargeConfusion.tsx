import { useEffect, useMemo, useRef, type MouseEvent } from 'react';
import { themeColour } from '../styles/colours.js';
import { usePlayground } from '../playground.js';
import type { ConfusionProps } from './ConfusionMatrix.js';

const SHOWN_PAIRS = 24;

/** The `count` most frequent mistakes: pairs of a true class and another that was predicted, by the number of pictures. */
export function mostConfused(
  confusion: readonly (readonly number[])[],
  count: number,
): { truth: number; predicted: number; pictures: number }[] {
  return confusion
    .flatMap((row, truth) => row.map((pictures, predicted) => ({ truth, predicted, pictures })))
    .filter((pair) => pair.truth !== pair.predicted && pair.pictures > 0)
    .sort((a, b) => b.pictures - a.pictures)
    .slice(0, count);
}

/** One pixel for each pair of classes; its opacity is the square root of its share of the row, so that rare mistakes are seen. */
function paintConfusion(context: CanvasRenderingContext2D, confusion: readonly (readonly number[])[]): void {
  const [right, wrong] = [themeColour('--accent'), themeColour('--wrong')];
  context.clearRect(0, 0, confusion.length, confusion.length);
  confusion.forEach((row, truth) => {
    const total = Math.max(
      1,
      row.reduce((sum, value) => sum + value, 0),
    );
    row.forEach((value, predicted) => {
      if (value === 0) return;
      context.globalAlpha = Math.sqrt(value / total);
      context.fillStyle = truth === predicted ? right : wrong;
      context.fillRect(predicted, truth, 1, 1);
    });
  });
}

/** The confusion matrix of many classes: one canvas instead of thousands of cells, and a list of the most frequent mistakes. */
export function LargeConfusion({ run, part, confusion }: ConfusionProps) {
  const openCell = usePlayground((state) => state.openCell);
  const theme = usePlayground((state) => state.theme);
  const canvas = useRef<HTMLCanvasElement>(null);
  const classes = run.classes.length;
  const pairs = useMemo(() => mostConfused(confusion, SHOWN_PAIRS), [confusion]);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    paintConfusion(context, confusion);
  }, [confusion, classes, theme]);
  const open = (event: MouseEvent<HTMLCanvasElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = (offset: number, size: number): number =>
      Math.max(0, Math.min(classes - 1, Math.floor((offset / size) * classes)));
    void openCell(run.id, part, index(event.clientY - box.top, box.height), index(event.clientX - box.left, box.width));
  };
  const nameOf = (index: number): string => run.classes[index] ?? `class ${index + 1}`;
  return (
    <div className="large-confusion">
      <canvas
        ref={canvas}
        width={classes}
        height={classes}
        className="confusion-canvas"
        role="img"
        aria-label={`Confusion matrix of ${classes} classes; rows are true classes, columns predictions. The list beside it has the most frequent mistakes.`}
        onClick={open}
      />
      <ul className="pairs small" aria-label="Most confused pairs">
        {pairs.map(({ truth, predicted, pictures }) => (
          <li key={`${truth}-${predicted}`}>
            <button type="button" className="link" onClick={() => void openCell(run.id, part, truth, predicted)}>
              {nameOf(truth)} classified as {nameOf(predicted)}
            </button>{' '}
            <span className="number soft">{pictures}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
