/** The page that a run is taken away as: one picture, or the camera's, and what the weights beside this file say of it. */
import { byteSourceFromBytes } from '../../containers/sources.js';
import { pictureOf } from '../../data/pictures/contents.js';
import { PAGE_WEIGHTS } from '../../formats/exports/files.js';
import { toErrorRecord } from '../../vit/errors.js';
import { browserDecoder } from '../../worker/inputs/images.js';
import { openCpu } from '../../worker/machine/cpu.js';
import { threadsHere } from '../../worker/machine/threads.js';
import { Classifier } from '../classifier.js';
import { watchCamera } from './camera.js';
import { element } from './elements.js';
import { View } from './view.js';

async function open(): Promise<Classifier> {
  const response = await fetch(`./${PAGE_WEIGHTS}`);
  if (!response.ok) throw new Error(`${PAGE_WEIGHTS}: the server answers ${response.status}; it belongs beside index.html.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  // One picture at a time is work for one thread.
  return Classifier.open(await openCpu(threadsHere, 1), byteSourceFromBytes(PAGE_WEIGHTS, bytes));
}

/** Connects the controls. What is asked for last is what is shown: a picture ends the camera. */
function start(classifier: Classifier, view: View): void {
  const camera = element('camera', HTMLButtonElement);
  const file = element('file', HTMLInputElement);
  /** What stands for the camera's being watched since it was asked for last; null where it is not. */
  let watched: object | null = null;
  let underWay: Promise<void> = Promise.resolve();
  const watch = (next: object | null): void => {
    watched = next;
    camera.setAttribute('aria-pressed', String(next !== null));
  };
  /** One after the other: a network looks at one picture at a time. */
  const inTurn = (work: () => Promise<void>): void => {
    underWay = underWay.then(work).catch((thrown: unknown) => view.say(toErrorRecord(thrown).message, true));
  };
  const look = (given: File): void => {
    watch(null);
    inTurn(async () => {
      const source = byteSourceFromBytes(given.name, new Uint8Array(await given.arrayBuffer()));
      view.show(
        await classifier.classify(await pictureOf({ name: given.name, content: { kind: 'file', source } }, browserDecoder)),
      );
      view.say('');
    });
  };
  file.addEventListener('change', () => {
    const [given] = file.files ?? [];
    if (given) look(given);
    file.value = '';
  });
  camera.addEventListener('click', () => {
    const mine = watched === null ? {} : null;
    watch(mine);
    if (mine === null) return;
    inTurn(async () => {
      if (watched !== mine) return;
      view.say('Opening the camera.');
      const video = element('video', HTMLVideoElement);
      await watchCamera(
        video,
        () => watched === mine,
        async (picture) => {
          view.show(await classifier.classify(picture));
          view.say('');
        },
      ).finally(() => watched === mine && watch(null));
      view.say('');
    });
  });
  document.addEventListener('paste', (event) => {
    const [given] = event.clipboardData?.files ?? [];
    if (given) look(given);
  });
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    const [given] = event.dataTransfer?.files ?? [];
    if (given) look(given);
  });
}

try {
  element('lead', HTMLElement).textContent = 'Loading the weights.';
  const classifier = await open();
  start(classifier, new View(classifier));
} catch (thrown) {
  element('lead', HTMLElement).textContent = toErrorRecord(thrown).message;
}
