import { DropdownMenu } from 'radix-ui';
import { latexTables } from '../../../results/figure/latex.js';
import { pointsCsv } from '../../../results/figure/points-csv.js';
import type { Point } from '../../../results/figure/points.js';
import { printFigure } from '../../../results/figure/print.js';
import { figureFileName, type Axis } from '../../../results/figure/titles.js';
import { runsCsv } from '../../../results/runs/run-csv.js';
import type { RunRecord } from '../../../protocol/runs/run.js';
import { Button } from '../../common/controls.js';
import { Icon } from '../../common/Icon.js';
import { fileName, savePng, saveText } from '../../common/save.js';
import { dataName } from '../../format.js';

/** The resolution of the PNG, for print. */
const DOTS_PER_INCH = 300;
const POINTS_PER_INCH = 72;

interface Saved {
  readonly name: string;
  readonly line: string;
  save(): void;
}

/** Saves the figure, its numbers and its tables as files. Figures are light and made for print, also when the page is dark. */
export function FigureExports({ points, runs, axis }: { points: readonly Point[]; runs: readonly RunRecord[]; axis: Axis }) {
  const data = runs[0]?.configuration.data ?? '';
  const file = fileName(`accuracy-${figureFileName(data)}-${axis.measure}`);
  const figure = () => printFigure(points, axis, `Accuracy against compression, ${dataName(data)}`);
  const forms: readonly Saved[] = [
    {
      name: 'SVG',
      line: '122 mm wide, words as outlines, light',
      save: () => saveText(`${file}.svg`, figure().svg, 'image/svg+xml'),
    },
    {
      name: 'PNG',
      line: 'the same at 300 dpi',
      save: () => {
        const { svg, width, height } = figure();
        void savePng(`${file}.png`, svg, width, height, DOTS_PER_INCH / POINTS_PER_INCH, DOTS_PER_INCH);
      },
    },
    {
      name: 'LaTeX',
      line: 'points and paired differences as tables',
      save: () => saveText(`${file}.tex`, latexTables(points, runs, axis), 'text/x-tex'),
    },
    {
      name: 'Points as CSV',
      line: 'means, error bars, seeds',
      save: () => saveText(`${file}-points.csv`, pointsCsv(points), 'text/csv'),
    },
    {
      name: 'Runs as CSV',
      line: 'every run with its configuration',
      save: () => saveText(`${file}-runs.csv`, runsCsv(runs), 'text/csv'),
    },
  ];
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look="quiet" icon="save">
          Save figure
          <Icon name="down" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {forms.map(({ name, line, save }) => (
            <DropdownMenu.Item key={name} className="menu-item" textValue={name} onSelect={save}>
              <span>{name}</span>
              <span className="small faint">{line}</span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
