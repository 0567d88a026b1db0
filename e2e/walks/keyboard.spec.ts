/**
 * The three who use the page, each from arrival to their answer with a keyboard alone: no click, and no focus that a key did not move.
 * On a desk, and in a window as narrow as a phone, where the columns are tabs.
 */
import { readFileSync } from 'node:fs';
import type { Download, Page } from '@playwright/test';
import { seriousFindings } from '../support/axe.js';
import { Keyboard } from '../support/keyboard.js';
import { expect, test, type Playground } from '../support/page.js';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

/** Whether the window is so narrow that the columns are tabs. */
const tabbed = (page: Page): boolean => (page.viewportSize()?.width ?? 0) < 700;

async function student(playground: Playground): Promise<void> {
  const { page } = playground;
  const keys = new Keyboard(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await playground.open({}, 'cpu');
  await playground.ready();
  const diagram = page.locator('.diagram');

  // Another photograph, and a pair of its map.
  await keys.skipTo('Watch');
  await keys.tabTo(/^Cat$/);
  await keys.press('ArrowRight', 'Enter');
  await expect(page.getByRole('button', { name: 'Coffee' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator('.prediction')).toContainText('coffee');
  await keys.tabTo(/Arrow keys point at a patch/);
  await keys.press('ArrowRight', 'ArrowUp', 'ArrowLeft');
  await expect(page.getByTestId('pointed-token')).toContainText('row 6, column 6');
  await keys.press('Enter');
  await expect(diagram).toContainText(/Let go|Go to block/);
  await keys.press('Escape');
  await expect(diagram).not.toContainText('Let go');
  await keys.tabTo(/^Block$/);
  await keys.press('Home', 'ArrowRight');
  await expect(diagram.getByRole('heading', { name: 'One merge of block 1' })).toBeVisible();
  await keys.tabTo(/^Next pair$/);
  await keys.press('Enter');
  await expect(diagram.locator('.pair-stepper')).toContainText(/^[2-9]\d* of/);

  // The steps, a symbol's meaning, and the end, where the button that led there has nothing more to lead to.
  await keys.tabTo(/^Patches$/);
  for (const step of [/^2/, /^3/, /^4/, /^5/]) {
    await keys.press('ArrowRight');
    await expect(diagram.getByRole('heading', { name: step })).toBeVisible();
  }
  await keys.tabTo(/^g r = /);
  await expect(diagram.locator('.meaning')).toContainText('one weight for this pair');
  await keys.tabTo(/^Next: Token$/);
  await keys.press('Enter');
  await expect(diagram.getByRole('heading', { name: /^6/ })).toBeVisible();
  await keys.comesTo(/^Next$/);
  await keys.press('Enter');
  await keys.tabTo(/^Back$/, 'Shift+Tab');

  // A second map beside the first; closing it leads back to the button that opened it.
  await keys.tabTo(/^Show a second map/, 'Shift+Tab');
  await keys.press('Enter');
  await keys.comesTo(/^Second map$/);
  await keys.tabTo(/^Close$/);
  await keys.press('Enter');
  await keys.comesTo(/^Show a second map/);

  // How much faster: a rate, and one block of the schedule.
  await keys.skipTo('Set up');
  await keys.tabTo(/^high$/);
  await keys.arrowTo('ArrowLeft', /^low$/);
  await keys.press('Space');
  const cost = page.getByTestId('schedule-cost');
  await expect(cost).toContainText('GMACs');
  const low = await cost.textContent();
  await keys.tabTo(/^Block 1 merges$/);
  await keys.press('ArrowRight');
  await keys.comesTo(/^Block 2 merges$/);
  await keys.press('PageUp');
  await expect(cost).not.toHaveText(low ?? '');
  // An explanation opens and closes in place.
  await keys.tabTo(/^Explain Schedule$/, 'Shift+Tab');
  await keys.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Schedule' })).toBeVisible();
  await keys.press('Escape');
  await keys.comesTo(/^Explain Schedule$/);
  expect(await seriousFindings(playground)).toEqual([]);
}

/** Puts a picture of a colour on the clipboard, as copying it in another program does. */
async function copyPicture(page: Page, colour: string, at: number): Promise<void> {
  await page.evaluate(
    async ([fill, x]) => {
      const canvas = new OffscreenCanvas(64, 64);
      const context = canvas.getContext('2d');
      if (!context) throw new Error('the canvas has no context');
      context.fillStyle = String(fill);
      context.fillRect(0, 0, 64, 64);
      context.fillStyle = '#ffffff';
      context.fillRect(Number(x), 20, 12, 12);
      const picture = await canvas.convertToBlob({ type: 'image/png' });
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture })]);
    },
    [colour, at],
  );
}

async function practitioner(playground: Playground): Promise<void> {
  const { page } = playground;
  const keys = new Keyboard(page);
  await playground.open({}, 'cpu');
  await playground.ready();
  await keys.skipTo('Set up');
  await keys.tabTo(/^make classes$/);
  await keys.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  // Two classes with a name and pictures; one picture goes to the other class and back.
  for (const [index, [name, colour]] of [['Red', '#cc0000'] as const, ['Blue', '#0000cc'] as const].entries()) {
    await keys.tabTo(new RegExp(`^Class name: Class ${index + 1}$`));
    await keys.press('Enter');
    await keys.type(name);
    await keys.press('Enter');
    await keys.comesTo(new RegExp(`^Class name: ${name}$`));
    const tiles = page.getByRole('group', { name: `Pictures: ${name}` }).getByRole('button');
    for (const count of [1, 2, 3, 4]) {
      await copyPicture(page, colour, 10 * count);
      await keys.press('Control+v');
      await expect(tiles).toHaveCount(count);
    }
  }
  const [red, blue] = ['Red', 'Blue'].map((name) => page.getByRole('group', { name: `Pictures: ${name}` }).getByRole('button'));
  if (!red || !blue) throw new Error('there are two classes');
  await keys.tabTo(/\.png$/);
  await keys.press('ArrowRight', 'Space');
  await keys.tabTo(/^Red$/);
  await keys.press('Enter');
  await expect(red).toHaveCount(5);
  await keys.comesTo(/\.png$/);
  await keys.press('2');
  await expect(blue).toHaveCount(4);
  await keys.comesTo(/\.png$/);
  expect(await seriousFindings(playground)).toEqual([]);
  await keys.tabTo(/^Use as the data set$/, 'Shift+Tab');
  await keys.press('Enter');
  await expect(page.getByRole('region', { name: 'Set up', exact: true })).toBeFocused();

  // A short run.
  await keys.tabTo(/^Epochs$/);
  await keys.press('Control+a');
  await keys.type('2');
  await keys.press('Enter');
  await keys.tabTo(/^Adapt$/);
  await keys.press('Enter');
  if (tabbed(page)) {
    // Adapt leads to the tab where the map learns; the focus is there, and comes back with the set-up.
    await expect.poll(() => page.locator('#column-watch:focus, #column-watch :focus').count()).toBe(1);
    await expect(page.getByTestId('last-result')).toContainText('test accuracy');
    await keys.skipTo('Set up');
    await keys.tabTo(/^Predict other pictures with it$/);
  } else {
    await expect(page.getByRole('group', { name: 'Progress of the run' })).toBeFocused();
    await expect(page.getByTestId('last-result')).toContainText('test accuracy');
    // The progress is gone: what stands in its place has the focus.
    await keys.comesTo(/^Predict other pictures with it$/);
  }

  // Predict, and come back to where the screen was opened.
  await keys.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await copyPicture(page, '#0000cc', 15);
  await keys.press('Control+v');
  const cards = page.getByRole('list', { name: 'The predicted class of each picture' }).getByRole('listitem');
  await expect(cards).toHaveCount(1);
  await expect(cards.first()).toContainText(/(Red|Blue)\d+\.\d\s%/);
  await keys.tabTo(/^Playground$/);
  await keys.press('Enter');
  await keys.comesTo(/^Predict other pictures with it$/);
  await keys.press('Enter');
  await keys.tabTo(/^Show pasted-9\.png on the map$/);
  await keys.press('Enter');
  await expect(page.getByRole('region', { name: 'Watch', exact: true })).toBeFocused();
  await expect(page.locator('.prediction').first()).toContainText('%');

  // The classifier as a page.
  await keys.skipTo('Compare');
  await keys.tabTo(/^Export$/);
  await keys.press('Enter');
  await keys.type('A page');
  await keys.comesTo(/^A page that classifies/);
  const download = page.waitForEvent('download');
  await keys.press('Enter');
  expect((await download).suggestedFilename()).toMatch(/-page\.zip$/);
  await keys.comesTo(/^Export$/);
}

async function researcher(playground: Playground): Promise<void> {
  const { page } = playground;
  const keys = new Keyboard(page);
  await playground.open({ data: 'task:count', taskPictures: '32,16,64', imageSize: 48, epochs: 1, warmupEpochs: 0 }, 'cpu');
  await playground.ready();
  await keys.skipTo('Compare');
  await keys.tabTo(/^Compare PYRA with ToMe$/);
  await keys.press('Enter');
  const sweep = page.getByRole('region', { name: 'Sweep', exact: true });
  await expect(sweep).toBeFocused();
  await expect(sweep).toContainText('12 of 12 done');
  await expect(playground.runRows).toHaveCount(12);

  // The answer in words, the axis, and the points.
  const figure = page.getByRole('region', { name: /^Accuracy against compression/ });
  await expect(figure.getByRole('rowheader', { name: 'high' })).toBeVisible();
  await keys.skipTo('Compare');
  await keys.tabTo(/^GMACs$/);
  await keys.arrowTo('ArrowRight', /^img\/s$/);
  await keys.arrowTo('ArrowRight', /^Tokens left$/);
  await keys.press('Space');
  await expect(figure.getByRole('img', { name: /^Tokens left by block/ })).toBeVisible();
  await keys.arrowTo('ArrowLeft', /^img\/s$/);
  await keys.arrowTo('ArrowLeft', /^GMACs$/);
  await keys.press('Space');
  const points = page.getByTestId('compression-figure').getByRole('button');
  await expect(points).toHaveCount(4);
  await keys.tabTo(/test accuracy$/);
  const names = await points.evaluateAll((all) => all.map((point) => (point.ariaLabel ?? '').replace(/\s+/g, ' ')));
  expect(names).toContain((await keys.here()).name);
  await keys.press('Home');
  for (const name of names.slice(1)) {
    await keys.press('ArrowRight');
    expect((await keys.here()).name).toBe(name);
  }
  await expect(figure.locator('.figure-point')).toContainText('n = 64');
  await keys.press('Enter');
  await expect(page.getByRole('region', { name: 'The chosen run' })).toBeVisible();

  // The figure and its numbers as files, and the caption.
  const save = async (letters: string, name: RegExp): Promise<Download> => {
    await keys.press('Enter');
    await keys.type(letters);
    await keys.comesTo(name);
    const download = page.waitForEvent('download');
    await keys.press('Enter');
    const file = await download;
    await keys.comesTo(/^Save figure$/);
    return file;
  };
  await keys.tabTo(/^Save figure$/, 'Shift+Tab');
  expect(readFileSync(await (await save('SVG', /^SVG/)).path(), 'utf8')).toMatch(/^<svg/);
  expect(readFileSync(await (await save('LaTeX', /^LaTeX/)).path(), 'utf8')).toContain('PYRA & high');
  await keys.tabTo(/^Caption for a paper$/);
  await keys.press('Enter');
  await keys.tabTo(/^Copy as text$/);
  await keys.press('Enter');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('Means over seeds 0–2.');

  // The table: filter, curves of two runs over one another, their numbers; a run deleted and taken back.
  await keys.tabTo(/^Filter runs$/);
  await keys.type('high');
  await expect(playground.runRows).toHaveCount(6);
  for (const run of [/^Keep the curves of PYRA high, seed 2/, /^Keep the curves of ToMe high, seed 2/]) {
    await keys.tabTo(run);
    await keys.press('Space');
  }
  const curves = page.getByRole('list', { name: 'Runs in the curves', includeHidden: true });
  await expect(curves).toContainText('PYRA high, seed 2');
  await keys.tabTo(/^Delete ToMe high, seed 2/);
  await keys.press('Enter');
  await expect(playground.runRows).toHaveCount(5);
  await keys.comesTo(/^Star /);
  await keys.press('F8');
  await keys.tabTo(/^Undo$/);
  await keys.press('Enter');
  await expect(playground.runRows).toHaveCount(6);
  await keys.comesTo(/^Star /);
  await keys.skipTo('Watch');
  await keys.tabTo(/^remove PYRA high, seed 2 from the curves$/);
  await keys.press('Enter');
  await expect(page.getByRole('button', { name: /^remove PYRA high, seed 2/ })).toHaveCount(0);
  await keys.tabTo(/^The numbers as a table$/);
  await keys.press('Enter');
  await expect(page.locator('.live-panel table').first()).toContainText('Val. accuracy');
  expect(await seriousFindings(playground)).toEqual([]);
}

for (const [width, height] of [
  [1440, 900],
  [390, 844],
] as const) {
  test.describe(`at ${width} x ${height}, by keyboard alone`, () => {
    test.use({ viewport: { width, height } });

    test('a student follows a pair through the diagram to what PYRA changes', ({ playground }) => student(playground));
    test('a practitioner pastes pictures into classes, trains, predicts another, and takes the classifier away', ({
      playground,
    }) => practitioner(playground));
    test('a researcher compares PYRA with ToMe, overlays curves, and saves the figure and its numbers', ({ playground }) =>
      researcher(playground));
  });
}
