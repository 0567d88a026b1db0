declare global {
  interface Window {
    /** Chromium's; others save through a download. */
    showSaveFilePicker?: (options: {
      suggestedName: string;
      types: readonly { description: string; accept: Record<string, readonly string[]> }[];
    }) => Promise<FileSystemFileHandle>;
  }
}

/**
 * Asks where a zip should be written to, where the browser lets a page write straight into a file.
 *
 * @returns null where it does not: then a blob is saved as a download. Undefined where the person thought better of it.
 */
export async function chooseZip(suggestedName: string): Promise<FileSystemFileHandle | null | undefined> {
  if (!window.showSaveFilePicker) return null;
  try {
    const types = [{ description: 'Zip', accept: { 'application/zip': ['.zip'] } }];
    return await window.showSaveFilePicker({ suggestedName, types });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return undefined;
    // Forbidden, as in a frame of another page: the download is left.
    return null;
  }
}
