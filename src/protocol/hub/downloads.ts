import type { Answer } from '../answer.js';

/** A model that lies whole in the origin's private storage. */
export interface FetchedModel {
  /** What a configuration calls it. */
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
  /** Present while the server wants to be left alone for a time that it says: a sentence. */
  readonly waiting?: string;
}

/**
 * What the worker that downloads can do: it reaches the host that was named (the hub: and its stores), and nothing else. One
 * download in its life.
 */
export interface DownloadsApi {
  /**
   * Fetches into the origin's private storage, going on from what lies there. `network` for what the network or the server refused,
   * `usage` for what is no reference, `cancelled` after {@link cancel}; what arrived stays.
   */
  fetch(request: DownloadRequest, onProgress: (progress: DownloadProgress) => void): Promise<Answer<FetchedModel>>;
  cancel(): Promise<void>;
}
