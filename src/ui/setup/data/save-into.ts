declare global {
  interface Window {
    /** In Chromium only; other browsers save through a download. */
    showSaveFilePicker?: (options: {
      suggestedName: string;
      types: readonly { description: string; accept: Record<string, readonly string[]> }[];
    }) => Promise<FileSystemFileHandle>;
  }
}

/**
 * Asks where to save a zip, in a browser that lets a page write into a file directly.
 *
 * @returns null in other browsers: save a blob as a download then. Undefined when the person cancelled.
 */
export async function chooseZip(suggestedName: string): Promise<FileSystemFileHandle | null | undefined> {
  if (!window.showSaveFilePicker) return null;
  try {
    const types = [{ description: 'Zip', accept: { 'application/zip': ['.zip'] } }];
    return await window.showSaveFilePicker({ suggestedName, types });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return undefined;
    // Forbidden, as in a frame of another page: a download still works.
    return null;
  }
}
