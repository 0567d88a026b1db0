import type { DownloadProgress } from '../../protocol/hub/downloads.js';

export interface DownloadsSlice {
  /** `owner/name[@revision]` or an address, as it is typed; the next visit finds it again. */
  readonly reference: string;
  /** What arrives; null fields until the host has answered, and null where nothing is fetched. */
  readonly download: DownloadProgress | null;
  typeReference(text: string): void;
  /** Types a backbone's name where it is a repository's, so that it can be fetched with one click. */
  offerToFetch(model: string): void;
  /** Fetches what is typed and takes it as the backbone. The token is used once and kept nowhere. */
  fetchModel(token: string): Promise<void>;
  /** Fetches one of the suggested backbones, or takes the one that is here already. */
  fetchSuggested(repository: string): Promise<void>;
  cancelDownload(): void;
  deleteUnfinished(): Promise<void>;
}
