import type { Page } from '@playwright/test';

/** Drops a folder (or a file) of this machine on the page, as the system's file manager does. */
export async function dropFolder(page: Page, path: string, at = { x: 300, y: 300 }): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  await session.detach();
}
