import type { ReactNode } from 'react';
import type { Configuration } from '../../vit/configuration.js';
import { configurationInUse, occupied } from '../../store/facts.js';
import { NumberField, SwitchField } from '../common/controls.js';
import { usePlayground } from '../playground.js';

/** The options of the configuration that hold values of this type. */
type OptionsOf<V> = { [K in keyof Configuration]: Configuration[K] extends V ? K : never }[keyof Configuration];

interface Words {
  readonly label: string;
  readonly hint: string;
  readonly explain?: ReactNode;
}

/** A number of the configuration. @param withIt what else changes with it. */
export function NumberOption({
  option,
  withIt,
  ...words
}: Words & { option: OptionsOf<number>; withIt?: (value: number) => Partial<Configuration> }) {
  const value = usePlayground((state) => configurationInUse(state)[option]);
  const configure = usePlayground((state) => state.configure);
  const disabled = usePlayground(occupied);
  return (
    <NumberField
      {...words}
      option={option}
      value={value}
      disabled={disabled}
      onChange={(next) => configure({ [option]: next, ...withIt?.(next) })}
    />
  );
}

/** Something of the configuration that is on or off. @param disabled besides while something runs. */
export function SwitchOption({ option, disabled, ...words }: Words & { option: OptionsOf<boolean>; disabled?: boolean }) {
  const checked = usePlayground((state) => configurationInUse(state)[option]);
  const configure = usePlayground((state) => state.configure);
  const busy = usePlayground(occupied);
  return (
    <SwitchField
      {...words}
      checked={checked}
      disabled={busy || disabled === true}
      onChange={(next) => configure({ [option]: next })}
    />
  );
}
