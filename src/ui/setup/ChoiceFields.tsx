import { CLASS_WEIGHTS, PAPER_RECIPE, SELECTIONS, type ClassWeights, type Selection, isDrawn } from '../../vit/configuration.js';
import { optionTakes } from '../../vit/ranges.js';
import { configurationInUse, occupied } from '../../store/facts.js';
import { DraftField, Field, SelectField } from '../common/controls.js';
import type { Read } from '../common/draft.js';
import { usePlayground } from '../playground.js';

const SELECTED: Readonly<Record<Selection, string>> = { accuracy: 'Most accurate', loss: 'Lowest loss', last: 'The last' };
const WEIGHED: Readonly<Record<ClassWeights, string>> = { none: 'As they come', balanced: 'Each class alike' };

/** Which epoch's weights are kept, how classes are weighted in the loss, and how many pictures of a drawn task are drawn. */
export function ChoiceFields() {
  const { select, classWeights, data } = usePlayground(configurationInUse);
  const configure = usePlayground((state) => state.configure);
  const disabled = usePlayground(occupied);
  return (
    <>
      <Field label="Epoch that counts" hint="The epoch whose weights are kept: the best on the validation part, or the last.">
        {(ids) => (
          <SelectField
            id={ids.control}
            label="Epoch that counts"
            disabled={disabled}
            value={select}
            choices={SELECTIONS.map((value) => ({ value, label: SELECTED[value] }))}
            onChange={(value) => configure({ select: value })}
          />
        )}
      </Field>
      <Field
        label="Classes in the loss"
        hint="For unbalanced classes: every class has the same weight, however many pictures it has."
      >
        {(ids) => (
          <SelectField
            id={ids.control}
            label="Classes in the loss"
            disabled={disabled}
            value={classWeights}
            choices={CLASS_WEIGHTS.map((value) => ({ value, label: WEIGHED[value] }))}
            onChange={(value) => configure({ classWeights: value })}
          />
        )}
      </Field>
      {isDrawn(data) && <DrawnPictures />}
    </>
  );
}

/** Shown where the configuration has none: training and validation pictures as in VTAB-1k, and 1000 to test. */
const USUAL = [800, 200, 1000] as const;

function readCounts(text: string): Read<readonly [number, number, number]> {
  const words = text.split(/[\s,;/]+/).filter((word) => word !== '');
  const [train = NaN, validation = NaN, test = NaN] = words.map(Number);
  const counts = [train, validation, test] as const;
  if (words.length === 3 && optionTakes('taskPictures', counts)) return { value: counts };
  return { reason: 'Three whole numbers from 1 to 100000, to train, validate and test, such as 800 200 1000.' };
}

function DrawnPictures() {
  const pictures = usePlayground((state) => configurationInUse(state).taskPictures) ?? USUAL;
  const configure = usePlayground((state) => state.configure);
  const disabled = usePlayground(occupied);
  const take = ([train, validation, test]: readonly [number, number, number]): void => {
    const usual = USUAL.every((count, index) => count === [train, validation, test][index]);
    configure({ taskPictures: usual ? PAPER_RECIPE.taskPictures : [train, validation, test] });
  };
  return (
    <DraftField
      label="Drawn pictures"
      hint="To train, validate and test. More of the last two make the measured accuracy more precise."
      shown={pictures.join(' ')}
      read={readCounts}
      onTake={take}
      whole
      wide
      disabled={disabled}
    />
  );
}
