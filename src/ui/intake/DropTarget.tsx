import { useCallback, useEffect, useState } from 'react';
import { usePlayground } from '../playground.js';
import { transferredFiles } from './files.js';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** The class on the board that has the focus, for what is pasted. */
function bucketWithFocus(): string | null {
  const bucket = document.activeElement?.closest<HTMLElement>('[data-bucket]')?.dataset['bucket'] ?? '';
  return bucket === '' ? null : bucket;
}

/** Hands over what is dropped anywhere or pasted. @returns whether files are held over the page. */
function useDrops(take: (transfer: DataTransfer) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const away = new AbortController();
    const { signal } = away;
    const enter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    document.addEventListener('dragenter', enter, { signal });
    document.addEventListener('dragover', enter, { signal });
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    document.addEventListener('dragleave', leave, { signal });
    const drop = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      setOver(false);
      // A class on the board has taken it.
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (event.dataTransfer) take(event.dataTransfer);
    };
    document.addEventListener('drop', drop, { signal });
    const paste = (event: ClipboardEvent): void => {
      if (!event.clipboardData || event.clipboardData.files.length === 0) return;
      event.preventDefault();
      take(event.clipboardData);
    };
    document.addEventListener('paste', paste, { signal });
    return () => away.abort();
  }, [take]);
  return over;
}

/** The whole page takes files: dropped anywhere, or pasted. */
export function DropTarget() {
  const give = usePlayground((state) => state.give);
  const report = usePlayground((state) => state.report);
  const verify = usePlayground((state) => state.verify);
  const show = usePlayground((state) => state.show);
  const screen = usePlayground((state) => state.screen);
  const addToBoard = usePlayground((state) => state.addToBoard);
  const verifying = screen === 'verify';
  const sorting = screen === 'classes';
  const take = useCallback(
    (transfer: DataTransfer): void => {
      const files = transferredFiles(transfer, verifying || sorting);
      if (!verifying && !sorting) {
        show('playground');
        return void give(files);
      }
      const listed = files(() => undefined, new AbortController().signal);
      listed
        .then((dropped) => {
          if (verifying) return verify(dropped.files);
          return addToBoard(
            dropped.files.map(({ file }) => file),
            bucketWithFocus(),
          );
        })
        .catch(() =>
          report('intake', {
            code: 'file.unreadable',
            message: 'The browser could not read what was dropped: pick the files instead.',
          }),
        );
    },
    [give, report, verify, show, addToBoard, verifying, sorting],
  );
  const over = useDrops(take);
  // On the board each class says itself that it takes what is dropped.
  if (!over || sorting) return null;
  return (
    <div className="drop-veil">
      <p className="large">{verifying ? 'Drop golden files to verify' : 'Drop pictures, weights or a run'}</p>
      <p className="soft">Nothing leaves this machine: files are read here and sent nowhere.</p>
    </div>
  );
}
