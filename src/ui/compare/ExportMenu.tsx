import { DropdownMenu } from 'radix-ui';
import { EXPORT_FORMATS, type ExportFormat } from '../../protocol/api.js';
import type { RunRecord } from '../../protocol/run.js';
import { hasWeights } from '../../store/runs.js';
import { Button } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { fileName, saveBlob, saveText } from '../common/save.js';
import { usePlayground } from '../playground.js';
import { curvesCsv } from './figureData.js';

const FORMATS: Readonly<Record<ExportFormat, { readonly name: string; readonly line: string }>> = {
  pyra: { name: 'Adapted weights', line: 'safetensors under the authors’ names; loads back here' },
  timm: { name: 'Full checkpoint, timm', line: 'LoRA folded into qkv: no cost left at inference' },
  'peft-timm': { name: 'PEFT adapter, timm', line: 'an adapter directory for a timm model' },
  'peft-hf': { name: 'PEFT adapter, Hugging Face', line: 'an adapter directory for transformers’ ViT' },
  onnx: { name: 'ONNX', line: 'the model with its merging inside, for onnxruntime' },
  run: { name: 'run.json', line: 'configuration, curves and results; drop it here to restore' },
};

export function ExportMenu({ run }: { run: RunRecord }) {
  const exportRun = usePlayground((state) => state.exportRun);
  const exporting = usePlayground((state) => state.exporting);
  const announce = usePlayground((state) => state.announce);
  const save = async (format: ExportFormat): Promise<void> => {
    const files = await exportRun(run.id, format);
    for (const file of files) saveBlob(file.name, new Blob([file.bytes], { type: file.mediaType }));
    if (files.length > 0) announce(`${FORMATS[format].name}: ${files.length} ${files.length === 1 ? 'file' : 'files'} saved.`);
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button disabled={exporting !== null || !hasWeights(run)} aria-label={exporting === null ? 'Export' : 'Exporting'}>
          {exporting === null ? 'Export' : 'Writing…'}
          <Icon name="down" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {EXPORT_FORMATS.map((format) => (
            <DropdownMenu.Item
              key={format}
              className="menu-item"
              textValue={FORMATS[format].name}
              onSelect={() => void save(format)}
            >
              <span>{FORMATS[format].name}</span>
              <span className="small faint">{FORMATS[format].line}</span>
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Item
            className="menu-item"
            textValue="Curves"
            onSelect={() => saveText(`${fileName(run.name)}-curves.csv`, curvesCsv(run), 'text/csv')}
          >
            <span>Curves</span>
            <span className="small faint">loss and accuracy of each epoch, as CSV</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
