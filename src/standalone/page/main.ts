/** The page that a run is exported as: it classifies a picture or the camera's with the weights beside this file. */
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
  // One thread, since it computes one picture at a time.
  return Classifier.open(await openCpu(threadsHere, 1), byteSourceFromBytes(PAGE_WEIGHTS, bytes));
}

/** Connects the controls. The last request counts: choosing a picture ends the camera. */
function start(classifier: Classifier, view: View): void {
  const camera = element('camera', HTMLButtonElement);
  const file = element('file', HTMLInputElement);
  /** A token for the latest start of the camera; null while it is off. */
  let watched: object | null = null;
  let underWay: Promise<void> = Promise.resolve();
  const watch = (next: object | null): void => {
    watched = next;
    camera.setAttribute('aria-pressed', String(next !== null));
  };
  /** Runs work one after another, since the network computes one picture at a time. */
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
