import type { Ref } from 'react';

/** The browser's file dialogue: an input out of sight, which a button opens by `ref.current.click()`. The same files can be picked again. */
export function FileInput({
  ref,
  label,
  accept,
  single,
  folder,
  testId,
  onPick,
}: {
  ref: Ref<HTMLInputElement>;
  label: string;
  /** What the dialogue offers; everything where this is left out. */
  accept?: string;
  /** One file and no more. */
  single?: boolean;
  /** A folder, with all the files in it. */
  folder?: boolean;
  testId?: string;
  onPick: (files: readonly File[]) => void;
}) {
  return (
    <input
      ref={ref}
      type="file"
      accept={accept}
      multiple={!single}
      {...(folder ? { webkitdirectory: '' } : {})}
      className="visually-hidden"
      aria-label={label}
      data-testid={testId}
      tabIndex={-1}
      onChange={({ currentTarget }) => {
        const files = [...(currentTarget.files ?? [])];
        currentTarget.value = '';
        if (files.length > 0) onPick(files);
      }}
    />
  );
}
