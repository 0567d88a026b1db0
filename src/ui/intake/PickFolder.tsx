import { useRef, type ReactNode } from 'react';
import type { GivenFile } from '../../protocol/api.js';
import type { FileLister } from '../../store/state/intake.js';
import { Button } from '../common/controls.js';
import { FileInput } from './FileInput.js';
import { pickedFiles, pickFolder } from './files.js';

/** A button that asks for a folder, which is passed on as the browser's handle of it, or as a list of files where it gives none. */
export function PickFolder({
  look,
  disabled,
  onPick,
  children,
}: {
  /** `link` inside a sentence, `filled` for a screen's first action. */
  look: 'link' | 'filled';
  disabled: boolean;
  onPick: (files: readonly GivenFile[] | FileLister) => void;
  children: ReactNode;
}) {
  const input = useRef<HTMLInputElement>(null);
  const ask = async (): Promise<void> => {
    const picked = await pickFolder();
    if (picked === null) input.current?.click();
    else if (picked) onPick(picked);
  };
  return (
    <>
      {look === 'link' ? (
        <button type="button" className="link" disabled={disabled} onClick={() => void ask()}>
          {children}
        </button>
      ) : (
        <Button look={look} disabled={disabled} onClick={() => void ask()}>
          {children}
        </Button>
      )}
      <FileInput ref={input} folder label="Folder to read" testId="folder-input" onPick={(files) => onPick(pickedFiles(files))} />
    </>
  );
}
