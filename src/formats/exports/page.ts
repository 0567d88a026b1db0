/** A run as a page that classifies pictures: the built page, the weights, and a README of three sentences. */
import type { NamedFile } from '../../protocol/files.js';
import { trainsBackbone } from '../../vit/adapters/index.js';
import { byteSourceFromBytes } from '../../containers/sources.js';
import { openArchive } from '../../containers/zip-archive.js';
import { adaptedEntry } from '../adapted/adapted.js';
import type { AdaptedMetadata, AdaptedModel, ResolvedTensor } from '../types.js';
import { composeSafetensors } from './compose.js';
import { BINARY, markdown, PAGE_WEIGHTS } from './files.js';
import { measuredEntry, type Measured } from './measured.js';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
};

/**
 * The files of the built page, out of the zip that the build packs them in (`src/headless/runs/standalone.ts`). Rejects with
 * `file.damaged` where it is none.
 */
export async function readBuiltPage(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<readonly NamedFile[]> {
  const archive = await openArchive(byteSourceFromBytes(name, bytes));
  const files: NamedFile[] = [];
  for (const entry of archive.entries.values()) {
    const mediaType = TYPES[entry.name.slice(entry.name.lastIndexOf('.') + 1)] ?? BINARY;
    files.push({ name: entry.name, mediaType, bytes: await archive.read(entry, 0, entry.size, true) });
  }
  return files;
}

/**
 * The metadata of the file with backbone and trained weights together. Where every weight was trained, positions have the run's own grid.
 */
function metadataOf({ configuration, architecture, ...rest }: AdaptedMetadata): AdaptedMetadata {
  const { imageSize } = trainsBackbone(configuration.peft) ? configuration : architecture;
  return { ...rest, configuration, architecture: { ...architecture, imageSize } };
}

/**
 * The backbone's tensors as the network uses them, replaced by the trained ones where there are any. Nothing is folded, so that the page
 * gives the same bits.
 */
function weightsOf({ backbone, trained }: AdaptedModel): Map<string, ResolvedTensor> {
  const tensors = new Map<string, ResolvedTensor>();
  for (const name of backbone.names()) tensors.set(name, { shape: backbone.shape(name) ?? [], read: () => backbone.read(name) });
  for (const [name, tensor] of trained) tensors.set(name, { shape: tensor.shape, read: async () => tensor });
  return tensors;
}

const readme = ({ classes }: AdaptedMetadata): string => `# A page that classifies pictures

\`index.html\` says which of ${classes.length} classes a picture or the camera shows (${classes.slice(0, 12).join(', ')}${classes.length > 12 ? ', and others' : ''}), computed by the WebAssembly beside it from \`${PAGE_WEIGHTS}\`.
Put this folder on any static server, under any path, such as \`python3 -m http.server\` in it and then http://localhost:8000/; opened as a file it does not start, since browsers load no modules from there.
Pictures stay on the machine that looks at them: the page's policy lets it reach its own server and nothing else.
`;

/** The page's files with the model's weights and a README. */
export async function pageFiles(
  model: AdaptedModel,
  built: readonly NamedFile[],
  measured: Measured | null,
): Promise<readonly NamedFile[]> {
  const metadata = { format: 'pt', ...adaptedEntry(metadataOf(model.metadata)), ...measuredEntry(measured) };
  const bytes = await composeSafetensors(weightsOf(model), metadata);
  return [...built, { name: PAGE_WEIGHTS, mediaType: BINARY, bytes }, markdown(readme(model.metadata))];
}
