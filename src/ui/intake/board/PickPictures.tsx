import { useRef, type ReactNode } from 'react';
import { Button } from '../../common/controls.js';
import { FileInput } from '../FileInput.js';

/** A button that asks for picture files. */
export function PickPictures({
  label,
  accept = 'image/*,.heic,.heif',
  onPick,
  children,
}: {
  label: string;
  /** What the browser's dialogue offers. */
  accept?: string;
  onPick: (files: readonly File[]) => void;
  children: ReactNode;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon="add" aria-label={label} onClick={() => input.current?.click()}>
        {children}
      </Button>
      <FileInput ref={input} {...{ label, accept, onPick }} />
    </>
  );
}
