/** Opens files of tensors. The kind is recognised by content; names and extensions are not looked at. */
import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { looksLikeJson } from '../said/index.js';
import { holdsArrays, openNpz } from '../../../containers/numpy/npz.js';
import { looksLikeLegacyPth, openLegacyPth, openPth, picklePath } from './pth.js';
import { looksLikeSafetensors, openSafetensors } from '../../../containers/safetensors/safetensors.js';
import type { TensorStore } from '../../../containers/tensor-store.js';
import { looksLikeZip, openArchive } from '../../../containers/zip-archive.js';

/** Entries that `torch.export.save` writes. */
const EXPORTED_PROGRAM = /(^|\/)(serialized_exported_program\.json|archive_format|models\/[^/]+\.json)$/;

/** A part of what `torch.distributed.checkpoint` saves. */
const DISTRIBUTED = /\.distcp$/;

/** Opens a file of tensors. Null where it is another kind of file. Rejects where it is one but damaged. */
export async function openTensorStore(source: ByteSource): Promise<TensorStore | null> {
  if (DISTRIBUTED.test(source.name)) {
    throw new PlaygroundError(
      'file.unsupported',
      `${source.name}: is part of a distributed checkpoint, which is not read; make one file of its folder with 'python -m torch.distributed.checkpoint.format_utils dcp_to_torch'`,
      { subject: source.name },
    );
  }
  if (await looksLikeZip(source)) {
    const archive = await openArchive(source);
    if (holdsArrays(archive)) return openNpz(archive);
    if ([...archive.entries.keys()].some((path) => EXPORTED_PROGRAM.test(path))) {
      throw new PlaygroundError(
        'file.unsupported',
        `${source.name}: is an exported program (torch.export's .pt2), which is not run; save its state_dict() instead`,
        { subject: source.name },
      );
    }
    return picklePath(archive) === undefined ? null : openPth(archive);
  }
  if (await looksLikeLegacyPth(source)) return openLegacyPth(source);
  if (await looksLikeSafetensors(source)) return openSafetensors(source);
  return null;
}

export interface SortedSources {
  readonly configuration: readonly ByteSource[];
  readonly weights: readonly ByteSource[];
}

/** Separates configuration files from the rest. Rejects with `usage` where nothing was given. */
export async function sortSources(sources: readonly ByteSource[]): Promise<SortedSources> {
  if (sources.length === 0) throw new PlaygroundError('usage', 'weights: no file was given');
  const configuration: ByteSource[] = [];
  const weights: ByteSource[] = [];
  for (const source of sources) ((await looksLikeJson(source)) ? configuration : weights).push(source);
  return { configuration, weights };
}
