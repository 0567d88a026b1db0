import { useEffect, useState } from 'react';
import { usePlayground } from '../playground.js';
import { transferredFiles } from './files.js';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** The class on the board that has the focus, for what is pasted. */
function bucketWithFocus(): string | null {
  const bucket = document.activeElement?.closest<HTMLElement>('[data-bucket]')?.dataset['bucket'] ?? '';
  return bucket === '' ? null : bucket;
}

/** The whole page takes files: dropped anywhere, or pasted. */
export function DropTarget() {
  const [over, setOver] = useState(false);
  const give = usePlayground((state) => state.give);
  const report = usePlayground((state) => state.report);
  const verify = usePlayground((state) => state.verify);
  const show = usePlayground((state) => state.show);
  const screen = usePlayground((state) => state.screen);
  const addToBoard = usePlayground((state) => state.addToBoard);
  const verifying = screen === 'verify';
  const sorting = screen === 'classes';
  useEffect(() => {
    const take = (transfer: DataTransfer | null): void => {
      if (!transfer) return;
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
    };
    const enter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      setOver(false);
      // A class on the board has taken it.
      if (event.defaultPrevented) return;
      event.preventDefault();
      take(event.dataTransfer);
    };
    const paste = (event: ClipboardEvent): void => {
      if (!event.clipboardData || event.clipboardData.files.length === 0) return;
      event.preventDefault();
      take(event.clipboardData);
    };
    document.addEventListener('dragenter', enter);
    document.addEventListener('dragover', enter);
    document.addEventListener('dragleave', leave);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('dragenter', enter);
      document.removeEventListener('dragover', enter);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, [give, report, verify, show, addToBoard, verifying, sorting]);
  // On the board each class says itself that it takes what is dropped.
  if (!over || sorting) return null;
  return (
    <div className="drop-veil">
      <p className="large">{verifying ? 'Drop golden files to verify' : 'Drop pictures, weights or a run'}</p>
      <p className="soft">Nothing leaves this machine: files are read here and sent nowhere.</p>
    </div>
  );
}
