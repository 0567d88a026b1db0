import { Select, Switch as RadixSwitch, ToggleGroup } from 'radix-ui';
import {
  useEffect,
  useId,
  useRef,
  useState,
  type ButtonHTMLAttributes,
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
} from 'react';
import { capitalised } from '../format.js';
import { optionTakes, rangeOf, type Option } from '../../vit/ranges.js';
import { useDraft, type Read } from './draft.js';
import { Icon, type IconName } from './Icon.js';
import { Name } from './names/Name.js';
import { Said, Words } from './Equation.js';
import { spoken } from '../../vit/names/notation.js';

/** A button that does nothing, though it can have the focus. */
const IDLE: ButtonHTMLAttributes<HTMLButtonElement> = {
  'aria-disabled': true,
  onClick: (event) => event.preventDefault(),
  onPointerDown: undefined,
  onKeyDown: undefined,
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'plain' | 'filled' | 'quiet' | 'icon';
  readonly icon?: IconName;
}

/** While it has the focus it is not disabled but does nothing, so that a press that disables it does not lose the focus. */
export function Button({ look = 'plain', icon, children, disabled, onFocus, onBlur, ...rest }: ButtonProps) {
  const [focused, setFocused] = useState(false);
  const idle = disabled === true && focused;
  return (
    <button
      type="button"
      className="button"
      data-look={look}
      {...rest}
      {...(idle ? IDLE : { disabled })}
      onFocus={(event) => {
        setFocused(true);
        onFocus?.(event);
      }}
      onBlur={(event) => {
        setFocused(false);
        onBlur?.(event);
      }}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A label, its control, and one line that says what the option does. */
export function Field({
  label,
  hint,
  wrong,
  explain,
  wide,
  children,
}: {
  label: string;
  hint?: ReactNode;
  /** Whether the hint is an error: why the field's text cannot be used. */
  wrong?: boolean;
  explain?: ReactNode;
  wide?: boolean;
  children: (ids: { control: string; hint: string }) => ReactNode;
}) {
  const id = useId();
  const ids = { control: `${id}control`, hint: `${id}hint` };
  return (
    <div className="field">
      <span className="field-label">
        <label htmlFor={ids.control}>{label}</label>
        {explain}
      </span>
      {wide ? <div className="field-wide">{children(ids)}</div> : <div>{children(ids)}</div>}
      {hint && (
        <p className="field-hint" id={ids.hint} data-wrong={wrong}>
          {typeof hint === 'string' ? <Said text={hint} /> : hint}
        </p>
      )}
    </div>
  );
}

/** A text field whose valid text is taken on Enter or on leaving it. Invalid text stays as typed, with the reason. */
export function DraftField<T>({
  label,
  hint,
  explain,
  wide,
  shown,
  read,
  onTake,
  onStep,
  whole,
  disabled,
}: {
  label: string;
  hint?: ReactNode;
  explain?: ReactNode;
  wide?: boolean;
  /** The value as text. */
  shown: string;
  read: (text: string) => Read<T>;
  onTake: (value: T) => void;
  /** Called for the arrow keys, up (1) and down (-1), which discard what was typed. */
  onStep?: ((step: 1 | -1) => void) | undefined;
  /** Whether it takes whole numbers: a phone shows its digits. */
  whole?: boolean;
  disabled?: boolean | undefined;
}) {
  const draft = useDraft(label, shown, read, onTake);
  const follow = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') draft.commit();
    if (event.key === 'Escape') draft.leave();
    const step = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : undefined;
    if (!onStep || step === undefined) return;
    event.preventDefault();
    draft.leave();
    onStep(step);
  };
  return (
    <Field label={label} hint={draft.reason ?? hint} wrong={draft.reason !== null} explain={explain} wide={wide ?? false}>
      {(ids) => (
        <input
          id={ids.control}
          className="input"
          data-wide={wide ? '' : undefined}
          inputMode={whole ? 'numeric' : 'decimal'}
          aria-describedby={ids.hint}
          aria-invalid={draft.reason !== null}
          disabled={disabled}
          value={draft.text ?? shown}
          onChange={(event) => draft.type(event.target.value)}
          onBlur={draft.commit}
          onKeyDown={follow}
        />
      )}
    </Field>
  );
}

export interface NumberFieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly explain?: ReactNode;
  readonly value: number;
  /** The configuration's option, whose range is checked. */
  readonly option: Option;
  /** Why a number within the range is refused, as a sentence; null where it is not. */
  readonly refuse?: (value: number) => string | null;
  readonly onChange: (value: number) => void;
  readonly disabled?: boolean;
}

const sentence = (words: string): string => `${capitalised(words)}.`;

/** A {@link DraftField} for a number of the configuration; whole numbers also follow the arrow keys. */
export function NumberField({ label, hint, explain, value, option, refuse, onChange, disabled }: NumberFieldProps) {
  const range = rangeOf(option);
  const integer = range.startsWith('a whole number');
  const wrong = (number: number): string | null => (optionTakes(option, number) ? (refuse?.(number) ?? null) : sentence(range));
  const read = (text: string): Read<number> => {
    const number = text.trim() === '' ? Number.NaN : Number(text.replace(',', '.'));
    const reason = wrong(number);
    return reason === null ? { value: number } : { reason };
  };
  const step = (by: 1 | -1): void => {
    if (wrong(value + by) === null) onChange(value + by);
  };
  return (
    <DraftField
      label={label}
      hint={hint}
      explain={explain}
      shown={String(value)}
      read={read}
      onTake={onChange}
      onStep={integer ? step : undefined}
      whole={integer}
      disabled={disabled}
    />
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly swatch?: string;
}

/** A choice of one among a few, all visible. */
export function Choices<T extends string>({
  label,
  value,
  choices,
  onChange,
  disabled,
  small,
}: {
  label: string;
  value: T | null;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
  disabled?: boolean;
  small?: boolean;
}) {
  return (
    <ToggleGroup.Root
      type="single"
      className="chips"
      aria-label={label}
      value={value ?? ''}
      disabled={disabled ?? false}
      onValueChange={(next) => {
        const chosen = choices.find((choice) => choice.value === next);
        if (chosen) onChange(chosen.value);
      }}
    >
      {choices.map((choice) => (
        <ToggleGroup.Item key={choice.value} value={choice.value} className="chip" data-small={small ? '' : undefined}>
          {choice.swatch && <Swatch colour={choice.swatch} />}
          <Words text={choice.label} />
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

export function Swatch({ colour }: { colour: string }) {
  const style: CSSProperties & { '--swatch': string } = { '--swatch': colour };
  return <span className="swatch" style={style} aria-hidden />;
}

/** A choice of one among many in a list that opens. The list is rendered only while it is open, since some are long. */
export function SelectField<T extends string>({
  label,
  value,
  choices,
  onChange,
  disabled,
  id,
}: {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
  disabled?: boolean;
  id?: string;
}) {
  const [open, setOpen] = useState(false);
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <Select.Root
      open={open}
      onOpenChange={setOpen}
      value={value}
      disabled={disabled ?? false}
      onValueChange={(next) => {
        const wanted = choices.find((choice) => choice.value === next);
        if (wanted) onChange(wanted.value);
      }}
    >
      <Select.Trigger className="select-trigger" aria-label={label} id={id}>
        <span className="select-value">
          <Name name={chosen?.label ?? ''} among={choices.map(({ label: other }) => other)} />
        </span>
        <Icon name="down" />
      </Select.Trigger>
      <Select.Portal>
        <Select.Content className="select-content" position="popper" sideOffset={4} collisionPadding={8}>
          <Select.Viewport>
            {open &&
              choices.map((choice) => (
                <Select.Item key={choice.value} value={choice.value} className="select-item" textValue={spoken(choice.label)}>
                  {choice.swatch && <Swatch colour={choice.swatch} />}
                  <Select.ItemText>
                    <Words text={choice.label} />
                  </Select.ItemText>
                </Select.Item>
              ))}
          </Select.Viewport>
        </Select.Content>
      </Select.Portal>
    </Select.Root>
  );
}

export function SwitchField({
  label,
  hint,
  explain,
  checked,
  onChange,
  disabled,
}: {
  label: string;
  hint?: ReactNode;
  explain?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  return (
    <Field label={label} hint={hint} explain={explain}>
      {(ids) => (
        <RadixSwitch.Root
          id={ids.control}
          className="switch"
          aria-describedby={ids.hint}
          checked={checked}
          disabled={disabled ?? false}
          onCheckedChange={onChange}
        >
          <RadixSwitch.Thumb className="switch-thumb" />
        </RadixSwitch.Root>
      )}
    </Field>
  );
}

/** A name that can be edited in place: Enter keeps the change, Escape discards it. */
export function EditableName({ name, label, onChange }: { name: string; label: string; onChange: (name: string) => void }) {
  const [editing, setEditing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (editing) input.current?.select();
  }, [editing]);
  if (!editing) {
    return (
      <button
        type="button"
        className="editable-name"
        title={spoken(name)}
        aria-label={`${label}: ${spoken(name)}`}
        onClick={() => setEditing(true)}
      >
        <Words text={name} />
      </button>
    );
  }
  const take = (text: string): void => {
    setEditing(false);
    const trimmed = text.trim();
    if (trimmed !== '' && trimmed !== name) onChange(trimmed);
  };
  return (
    <input
      ref={input}
      className="input"
      data-wide=""
      aria-label={label}
      defaultValue={name}
      onBlur={(event) => take(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take(event.currentTarget.value);
        if (event.key === 'Escape') setEditing(false);
      }}
    />
  );
}
