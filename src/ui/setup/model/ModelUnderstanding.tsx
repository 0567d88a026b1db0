import { useState } from 'react';
import type { ModelSummary } from '../../../protocol/api.js';
import { Button, DraftField, Field, NumberField, SelectField } from '../../common/controls.js';
import { optionTakes, rangeOf } from '../../../vit/ranges.js';
import type { Read } from '../../common/draft.js';
import { Said } from '../../common/Equation.js';
import { usePlayground } from '../../playground.js';

type Triple = readonly [number, number, number];

interface Normalisation {
  readonly mean: Triple;
  readonly std: Triple;
}

/** The common normalisations of pixels. */
const PRESETS = {
  half: { label: '0.5 (ViT, AugReg)', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  imagenet: { label: 'ImageNet (DeiT, MAE, DINO)', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  clip: {
    label: 'CLIP',
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  },
} as const satisfies Record<string, Normalisation & { label: string }>;
type Preset = keyof typeof PRESETS;
const PRESET_NAMES: readonly Preset[] = ['half', 'imagenet', 'clip'];

const same = (a: Triple, b: Triple): boolean => a.every((value, index) => value === b[index]);
const presetOf = ({ mean, std }: Normalisation): Preset | 'own' =>
  PRESET_NAMES.find((name) => same(PRESETS[name].mean, mean) && same(PRESETS[name].std, std)) ?? 'own';

/** What was understood of the backbone's files and from where; heads and normalisation can be overruled. */
export function Understanding({ model, disabled }: { model: ModelSummary; disabled: boolean }) {
  const answer = usePlayground((state) => state.answerModel);
  const { architecture, answers, notes, unusedTensors } = model;
  const overruled = answers.heads !== null || answers.mean !== null || answers.std !== null;
  return (
    <>
      <Guesses model={model} disabled={disabled} />
      <details className="small">
        <summary>
          How the file was understood
          {overruled && <span className="warn"> · overruled</span>}
        </summary>
        <div className="details-body stack">
          <ul className="soft stack">
            <li>Format: {model.format}.</li>
            {notes.map((note) => (
              <li key={note}>
                <Said text={note} />
              </li>
            ))}
            {unusedTensors.length > 0 && (
              <li>
                Not used: {unusedTensors.slice(0, 12).join(', ')}
                {unusedTensors.length > 12 ? ` and ${unusedTensors.length - 12} more` : ''}.
              </li>
            )}
          </ul>
          <NumberField
            label="Attention heads"
            hint={`They divide the ${architecture.embedDim} channels. The file’s tensors do not show how many there are.`}
            option="heads"
            value={architecture.heads}
            disabled={disabled}
            refuse={(heads) =>
              architecture.embedDim % heads === 0 ? null : `A number that divides the ${architecture.embedDim} channels.`
            }
            onChange={(heads) => void answer({ heads })}
          />
          <NormalisationField
            key={`${model.name} ${String(architecture.mean)} ${String(architecture.std)}`}
            {...architecture}
            disabled={disabled}
          />
          {overruled && (
            <p>
              <Button disabled={disabled} onClick={() => void answer({ heads: null, mean: null, std: null })}>
                As the file says
              </Button>
            </p>
          )}
        </div>
      </details>
    </>
  );
}

/** Properties of the backbone that are guessed from convention, each with its alternatives; an answer makes it certain. */
function Guesses({ model, disabled }: { model: ModelSummary; disabled: boolean }) {
  const answer = usePlayground((state) => state.answerModel);
  const now = presetOf(model.architecture);
  return model.guesses?.map((guess) => (
    <div key={guess} className="stack small" role="group" aria-label="Question about the backbone">
      <p className="warn">
        <Said text={guess} />. Results depend on it.
      </p>
      <p className="line wrap">
        {PRESET_NAMES.map((name) => (
          <Button
            key={name}
            disabled={disabled}
            onClick={() => void answer({ mean: [...PRESETS[name].mean], std: [...PRESETS[name].std] })}
          >
            {name === now ? `${PRESETS[name].label} is right` : PRESETS[name].label}
          </Button>
        ))}
      </p>
    </div>
  ));
}

function NormalisationField({ mean, std, disabled }: Normalisation & { disabled: boolean }) {
  const answer = usePlayground((state) => state.answerModel);
  const [own, setOwn] = useState(false);
  const preset = own ? 'own' : presetOf({ mean, std });
  const choices = [
    ...PRESET_NAMES.map((name) => ({ value: name, label: PRESETS[name].label })),
    { value: 'own' as const, label: 'Six numbers' },
  ];
  return (
    <>
      <Field label="Normalisation" hint="Mean and standard deviation of the pixels, on a scale from 0 (black) to 1 (white)." wide>
        {({ control }) => (
          <SelectField<Preset | 'own'>
            id={control}
            label="Normalisation"
            value={preset}
            choices={choices}
            disabled={disabled}
            onChange={(next) => {
              setOwn(next === 'own');
              if (next !== 'own') void answer({ mean: [...PRESETS[next].mean], std: [...PRESETS[next].std] });
            }}
          />
        )}
      </Field>
      {preset === 'own' && (
        <>
          <TripleField label="Mean" value={mean} disabled={disabled} onChange={(next) => void answer({ mean: next })} />
          <TripleField
            label="Deviation"
            value={std}
            positive
            disabled={disabled}
            onChange={(next) => void answer({ std: next })}
          />
        </>
      )}
    </>
  );
}

/** Three numbers, for red, green and blue, in one field, separated by commas or spaces. */
function TripleField({
  label,
  value,
  positive,
  disabled,
  onChange,
}: {
  label: string;
  value: Triple;
  positive?: boolean;
  disabled: boolean;
  onChange: (value: [number, number, number]) => void;
}) {
  const read = (text: string): Read<[number, number, number]> => {
    const numbers = text.split(/[\s,]+/).flatMap((part) => (part === '' ? [] : [Number(part)]));
    const [r, g, b] = numbers;
    const valid = numbers.every((number) => Math.abs(number) <= 10 && (!positive || number > 0));
    if (valid && numbers.length === 3 && r !== undefined && g !== undefined && b !== undefined) return { value: [r, g, b] };
    return { reason: `Three numbers ${positive ? 'above 0, up to 10' : 'from -10 to 10'}, for red, green and blue.` };
  };
  return <DraftField label={label} shown={value.join(', ')} read={read} onTake={onChange} wide disabled={disabled} />;
}

/** Asks for the number of heads, without which a backbone cannot be used. */
export function HeadsQuestion() {
  const asked = usePlayground((state) => state.askedModel);
  const answer = usePlayground((state) => state.answerModel);
  const [text, setText] = useState('');
  if (asked === null) return null;
  const heads = Number(text);
  const valid = /^\d+$/.test(text.trim()) && optionTakes('heads', heads);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) void answer({ heads });
      }}
    >
      <Field
        label="Attention heads"
        hint={
          text === '' || valid ? `For ${asked}; its description or its paper says how many.` : `Heads are ${rangeOf('heads')}.`
        }
      >
        {(ids) => (
          <span className="line">
            <input
              id={ids.control}
              className="input"
              inputMode="numeric"
              aria-label={`Attention heads of ${asked}`}
              aria-describedby={ids.hint}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            <Button type="submit" disabled={!valid}>
              Use
            </Button>
          </span>
        )}
      </Field>
    </form>
  );
}
