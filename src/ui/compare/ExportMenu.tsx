import { DropdownMenu } from 'radix-ui';
import { exportUnit, MODEL_FORMATS, type ExportChoice } from '../../protocol/exports.js';
import type { NamedFile } from '../../protocol/files.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { hasWeights } from '../../store/run-lookup.js';
import { Button } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { fileName, saveBlob, saveText } from '../common/save.js';
import { usePlayground } from '../playground.js';
import { mapFiles } from '../watch/map-files.js';
import { curvesCsv } from '../../results/runs/run-csv.js';
import { nameOf } from '../../protocol/runs/run-names.js';

interface Entry {
  readonly choice: ExportChoice | 'curves';
  readonly name: string;
  readonly line: string;
}

const GROUPS: readonly { readonly title: string; readonly entries: readonly Entry[] }[] = [
  {
    title: 'Weights',
    entries: MODEL_FORMATS.map((choice) => {
      const { label, line } = exportUnit(choice);
      return { choice, name: label, line };
    }),
  },
  {
    title: 'Results',
    entries: [
      { choice: 'run', name: 'run.json', line: 'configuration, curves and results; drop it here to restore' },
      { choice: 'curves', name: 'Curves', line: 'loss and accuracy of each epoch, as CSV' },
      { choice: 'maps', name: 'Maps', line: 'of the picture in the middle, every block, as SVG' },
    ],
  },
  {
    title: 'Together',
    entries: [{ choice: 'everything', name: 'Everything as one zip', line: 'all of the above; drop it here to restore the run' }],
  },
];

export function ExportMenu({ run }: { run: RunRecord }) {
  const exportRun = usePlayground((state) => state.exportRun);
  const mapOfRun = usePlayground((state) => state.mapOfRun);
  const exporting = usePlayground((state) => state.exporting);
  const announce = usePlayground((state) => state.announce);
  const curves = (): string => curvesCsv(run);
  /** The exports that the page makes itself, without the worker. */
  const beside = async (choice: ExportChoice): Promise<NamedFile[] | null> => {
    if (choice !== 'maps' && choice !== 'everything') return [];
    const map = await mapOfRun(run.id);
    if (!map) return null;
    const drawn = mapFiles(map);
    if (choice === 'maps') return drawn;
    return [{ name: 'curves.csv', mediaType: 'text/csv', bytes: new TextEncoder().encode(curves()) }, ...drawn];
  };
  const save = async ({ choice, name }: Entry): Promise<void> => {
    if (choice === 'curves') return saveText(`${fileName(nameOf(run))}-curves.csv`, curves(), 'text/csv');
    const drawn = await beside(choice);
    const file = drawn && (await exportRun(run.id, choice, drawn));
    if (!file) return;
    saveBlob(file.name, new Blob([file.bytes], { type: file.mediaType }));
    announce(`${name}: ${file.name} saved.`);
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button data-export="" disabled={!hasWeights(run)} aria-label={exporting === null ? 'Export' : 'Exporting'}>
          {exporting === null ? 'Export' : 'Writing…'}
          <Icon name="down" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {GROUPS.map(({ title, entries }) => (
            <DropdownMenu.Group key={title} className="menu-group">
              <DropdownMenu.Label className="menu-label small soft">{title}</DropdownMenu.Label>
              {entries.map((entry) => (
                <DropdownMenu.Item
                  key={entry.choice}
                  className="menu-item"
                  textValue={entry.name}
                  disabled={exporting !== null}
                  onSelect={() => void save(entry)}
                >
                  <span>{entry.name}</span>
                  <span className="small faint">{entry.line}</span>
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Group>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
