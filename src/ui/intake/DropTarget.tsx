import { useCallback, useEffect, useState } from 'react';
import { runById } from '../../store/run-lookup.js';
import { usePlayground, useStore } from '../playground.js';
import { transferredFiles } from './files.js';
import { nameOf } from '../../protocol/runs/run-names.js';
import { Words } from '../common/Equation.js';
import type { FileLister } from '../../store/state/intake.js';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** The class on the board that an element lies in; null outside of them, and among the pictures that have no class yet. */
function bucketOf(element: EventTarget | null): string | null {
  const bucket = element instanceof Element ? element.closest<HTMLElement>('[data-bucket]')?.dataset['bucket'] : undefined;
  return bucket === undefined || bucket === '' ? null : bucket;
}

/** Whether a paste is text for a field: spreadsheets and word processors put a picture of what is copied beside its text. */
const isTextForField = ({ target, clipboardData }: ClipboardEvent): boolean =>
  target instanceof Element &&
  target.closest('textarea, input:not([type=checkbox], [type=radio], [type=range])') !== null &&
  (clipboardData?.types.includes('text/plain') ?? false);

/** The run that an event happens on, if it can predict: dropped pictures go to it. */
const runUnder = ({ target }: Event): string | null =>
  target instanceof Element ? (target.closest<HTMLElement>('[data-asks]')?.dataset['asks'] ?? null) : null;

interface Held {
  /** The run under the dragged files; null elsewhere. */
  readonly run: string | null;
}

/** Where files come from: what they were dropped on, and whether they were pasted. */
interface Origin {
  readonly run: string | null;
  /** The class on the board; for pasted pictures the one that has the focus. */
  readonly bucket: string | null;
  readonly pasted: boolean;
}

type Take = (transfer: DataTransfer, from: Origin) => void;

/** Passes on what is dropped or pasted anywhere. @returns where files are being dragged over the page; null while none are. */
function useDrops(take: Take): Held | null {
  const [held, setHeld] = useState<Held | null>(null);
  useEffect(() => {
    const away = new AbortController();
    const { signal } = away;
    const enter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      const run = runUnder(event);
      setHeld((before) => (before?.run === run ? before : { run }));
    };
    document.addEventListener('dragenter', enter, { signal });
    document.addEventListener('dragover', enter, { signal });
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setHeld(null);
    };
    document.addEventListener('dragleave', leave, { signal });
    const drop = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      setHeld(null);
      event.preventDefault();
      if (event.dataTransfer) take(event.dataTransfer, { run: runUnder(event), bucket: bucketOf(event.target), pasted: false });
    };
    document.addEventListener('drop', drop, { signal });
    const paste = (event: ClipboardEvent): void => {
      if (!event.clipboardData || event.clipboardData.files.length === 0 || isTextForField(event)) return;
      event.preventDefault();
      take(event.clipboardData, { run: null, bucket: bucketOf(document.activeElement), pasted: true });
    };
    document.addEventListener('paste', paste, { signal });
    return () => away.abort();
  }, [take]);
  return held;
}

/** Decides what happens with dropped or pasted files: by the run they were dropped on, else by the screen, else by their content. */
function useTake(): Take {
  const store = useStore();
  return useCallback(
    (transfer, { run, bucket, pasted }) => {
      const { screen, predictRunId, predictGiven, show, give, verify, addToBoard, report, namePasted } = store.getState();
      const asked = run ?? (screen === 'predict' ? predictRunId : null);
      const listing = screen === 'verify' || screen === 'classes';
      const listed = transferredFiles(transfer, listing);
      const files: FileLister = async (found, signal) => {
        const dropped = await listed(found, signal);
        return pasted ? { ...dropped, files: namePasted(dropped.files) } : dropped;
      };
      if (asked !== null) return void predictGiven(asked, files);
      if (!listing) {
        show('playground');
        return void give(files);
      }
      files(() => undefined, new AbortController().signal)
        .then((dropped) => {
          if (screen === 'verify') return verify(dropped.files);
          return addToBoard(
            dropped.files.map(({ file }) => file),
            bucket,
          );
        })
        .catch(() =>
          report('intake', {
            code: 'file.unreadable',
            message: 'The browser could not read the dropped files: use “pick files” instead.',
          }),
        );
    },
    [store],
  );
}

/** Takes files that are dropped anywhere on the page or pasted, and says so while they are dragged over it. */
export function DropTarget() {
  const held = useDrops(useTake());
  const screen = usePlayground((state) => state.screen);
  const run = usePlayground((state) => runById(state, held?.run ?? (state.screen === 'predict' ? state.predictRunId : null)));
  // On the board, each class shows by itself that it takes dropped files.
  if (!held || screen === 'classes') return null;
  const words = run
    ? `Drop pictures: ${nameOf(run)} predicts their classes`
    : screen === 'verify'
      ? 'Drop golden files to verify'
      : 'Drop pictures, weights or a run';
  return (
    <div className="drop-veil">
      <p className="large">
        <Words text={words} />
      </p>
      <p className="soft">Nothing leaves this machine: files are read here and sent nowhere.</p>
    </div>
  );
}
