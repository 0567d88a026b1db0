import { exportDataset } from '../../data/export.js';
import type { Dataset } from '../../data/types.js';
import type { DataArchive } from '../../protocol/api.js';
import type { Events } from '../events.js';

/** Writes a data set with its edits and split as a zip, and reports progress by picture. */
export async function archiveOf(dataset: Dataset, into: FileSystemFileHandle | null, events: Events): Promise<DataArchive> {
  const onProgress = (done: number, total: number): void => events.busy('Writing the data set', done, total);
  const name = `${dataset.name.replace(/^task:/, '').replace(/\.(zip|tar|tar\.gz|tgz|parquet)$/i, '')}.zip`;
  if (into) {
    const { skipped } = await exportDataset(dataset, await into.createWritable(), { onProgress });
    return { name: into.name, blob: null, pictures: dataset.length - skipped.length, skipped };
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>();
  // A browser keeps a large blob on the disk.
  const [blob, { skipped }] = await Promise.all([
    new Response(readable, { headers: { 'content-type': 'application/zip' } }).blob(),
    exportDataset(dataset, writable, { onProgress }),
  ]);
  return { name, blob, pictures: dataset.length - skipped.length, skipped };
}
