import type { DownloadProgress } from '../../protocol/hub/downloads.js';

export interface DownloadsSlice {
  /** `owner/name[@revision]` or an address, as typed; kept for the next visit. */
  readonly reference: string;
  /** The download that runs, null where there is none; its fields are null until the host has answered. */
  readonly download: DownloadProgress | null;
  typeReference(text: string): void;
  /** Fills a backbone's name in, where it is a repository's, so that one click downloads it. */
  offerToFetch(model: string): void;
  /** Downloads what is typed and uses it as the backbone. The token is used once and not kept. */
  fetchModel(token: string): Promise<void>;
  /** Downloads one of the suggested backbones, or uses it where it is kept already. */
  fetchSuggested(repository: string): Promise<void>;
  cancelDownload(): void;
  deleteUnfinished(): Promise<void>;
}
