import type { Page } from '@playwright/test';

/**
 * Drops files and folders of this machine on the page, as the system's file manager does: unlike files that a script puts into a drop,
 * these have entries in the file system.
 */
export async function dropPaths(page: Page, paths: readonly string[], at = { x: 300, y: 300 }): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  await session.detach();
}
