import type { Answer } from '../answer.js';

/** A model whose files are complete in the origin's private storage. */
export interface FetchedModel {
  /** The name that a configuration has for it. */
  readonly name: string;
  /** Each with its name in the repository, and in the storage. */
  readonly files: readonly { readonly name: string; readonly stored: string; readonly bytes: number }[];
}

export interface DownloadRequest {
  /** `owner/name[@revision]` or an address. */
  readonly reference: string;
  /** For private repositories; null sends none. It is kept nowhere. */
  readonly token: string | null;
}

export interface DownloadProgress {
  readonly file: string;
  /** Bytes of this file. */
  readonly received: number;
  /** Null where the server did not say. */
  readonly total: number | null;
  /** Present while the server asks to wait for a time: a sentence that says so. */
  readonly waiting?: string;
}

/** What the downloading worker can do. It can reach one host (of the hub: also its stores), and downloads once in its life. */
export interface DownloadsApi {
  /**
   * Downloads into the origin's private storage, continuing what is there. `network` where the network fails or the server refuses, `usage`
   * where the reference is invalid, `cancelled` after {@link cancel}. What has arrived is kept.
   */
  fetch(request: DownloadRequest, onProgress: (progress: DownloadProgress) => void): Promise<Answer<FetchedModel>>;
  cancel(): Promise<void>;
}
