import { useRef } from 'react';
import type { Part, PictureReference } from '../../protocol/maps.js';
import { PHOTOGRAPHS } from '../../protocol/photographs.js';
import { Button, SelectField } from '../common/controls.js';
import { Problem } from '../common/Problem.js';
import { Icon } from '../common/Icon.js';
import { ROVE } from '../common/focus/roving.js';
import { Thumbnail, Thumbnails, useThumbnails } from '../common/pictures/Thumbnail.js';
import { FileInput } from '../intake/FileInput.js';
import { usePlayground } from '../playground.js';
import { dataInUse } from '../../store/facts.js';

const SHOWN = 9;
const PARTS: readonly { readonly value: PictureReference['part']; readonly label: string }[] = [
  { value: 'photograph', label: 'Photographs' },
  { value: 'validation', label: 'Validation' },
  { value: 'test', label: 'Test' },
  { value: 'train', label: 'Training' },
  { value: 'own', label: 'Your own' },
];

/** Chooses the picture of the map: a photograph that comes with the page, one of the data set, or one of the person's own. */
export function PicturePicker() {
  const picture = usePlayground((state) => state.picture);
  const own = usePlayground((state) => state.ownPictures);
  const setPicture = usePlayground((state) => state.setPicture);
  const addOwn = usePlayground((state) => state.addOwnPicture);
  const pictures = usePlayground((state) => dataInUse(state)?.pictures);
  const ready = pictures !== undefined;
  const input = useRef<HTMLInputElement>(null);
  const parts = PARTS.filter(({ value }) => {
    if (value === 'photograph') return true;
    return value === 'own' ? own.length > 0 : value === picture.part || (pictures?.[value] ?? 1) > 0;
  });
  return (
    <>
      <div className="picker">
        <SelectField
          label="Part of the data"
          value={picture.part}
          choices={parts}
          disabled={!ready}
          onChange={(part) => void setPicture({ part, index: part === 'own' ? (own[0]?.index ?? 0) : 0 })}
        />
        <PartStrip />
        <Button
          look="quiet"
          icon="add"
          disabled={!ready}
          onClick={() => input.current?.click()}
          title="A picture of your own; it stays on this machine"
        >
          Own picture
        </Button>
        <FileInput
          ref={input}
          single
          label="A picture of your own"
          accept="image/*"
          testId="own-picture"
          onPick={([file]) => file && void addOwn(file)}
        />
      </div>
      <Problem place="picture" />
    </>
  );
}

function PartStrip() {
  const { part, index } = usePlayground((state) => state.picture);
  if (part === 'photograph') return <PhotographStrip />;
  return part === 'own' ? <OwnStrip /> : <Strip part={part} index={index} />;
}

function PhotographStrip() {
  const { index } = usePlayground((state) => state.picture);
  const setPicture = usePlayground((state) => state.setPicture);
  return (
    <Thumbnails className="strip" label="Photographs">
      {PHOTOGRAPHS.map(({ file, name, credit }, at) => (
        <button
          key={file}
          type="button"
          className="thumbnail"
          {...ROVE}
          aria-label={name}
          title={`${name}: ${credit}`}
          aria-pressed={at === index}
          onClick={() => void setPicture({ part: 'photograph', index: at })}
        >
          <img src={`./pictures/${file}`} alt="" />
        </button>
      ))}
    </Thumbnails>
  );
}

function Strip({ part, index }: { part: Part; index: number }) {
  const total = usePlayground((state) => dataInUse(state)?.pictures[part] ?? 0);
  const setPicture = usePlayground((state) => state.setPicture);
  const from = Math.floor(index / SHOWN) * SHOWN;
  const count = Math.max(0, Math.min(SHOWN, total - from));
  useThumbnails(part, from, count);
  const go = (to: number): void => void setPicture({ part, index: Math.max(0, Math.min(total - 1, to)) });
  return (
    <>
      <Button look="icon" aria-label="Previous picture" disabled={index === 0} onClick={() => go(index - 1)}>
        <Icon name="previous" />
      </Button>
      <Thumbnails className="strip" label="Pictures">
        {Array.from({ length: count }, (_, offset) => (
          <Thumbnail key={from + offset} part={part} index={from + offset} />
        ))}
      </Thumbnails>
      <Button look="icon" aria-label="Next picture" disabled={index >= total - 1} onClick={() => go(index + 1)}>
        <Icon name="next" />
      </Button>
      <span className="small soft number picker-count">{total === 0 ? 'none' : `${index + 1} of ${total}`}</span>
    </>
  );
}

function OwnStrip() {
  const own = usePlayground((state) => state.ownPictures);
  const picture = usePlayground((state) => state.picture);
  const setPicture = usePlayground((state) => state.setPicture);
  return (
    <SelectField
      label="Your own pictures"
      value={String(picture.index)}
      choices={own.map((entry) => ({ value: String(entry.index), label: entry.name }))}
      onChange={(index) => void setPicture({ part: 'own', index: Number(index) })}
    />
  );
}
