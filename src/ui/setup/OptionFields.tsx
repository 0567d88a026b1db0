import type { Configuration } from '../../vit/configuration.js';
import type { OptionDescription } from '../../vit/options.js';
import { isOption, type Option } from '../../vit/ranges.js';
import { NumberField, SwitchField } from '../common/controls.js';
import { ExplainProportional } from '../common/explanations.js';
import { usePlayground } from '../playground.js';
import { configurationInUse, occupied } from '../../store/facts.js';

/** Longer explanations, behind the question mark of an option. */
const EXPLAINED = new Map([['proportionalAttention', <ExplainProportional key="proportional" />]]);

type Options = Readonly<Record<string, OptionDescription>>;

/** A unit's learning rates, which the recipe shows, and its other options, which the method shows. */
export const ratesOf = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, { kind }]) => kind === 'own rate'));
export const withoutRates = (options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, { kind }]) => kind !== 'own rate'));

/** The controls of a unit's options, made from their descriptions. */
export function OptionFields({ options }: { options: Options }) {
  return Object.entries(options).map(
    ([name, option]) => isOption(name) && <OptionField key={name} name={name} option={option} />,
  );
}

function OptionField({ name, option }: { name: Option; option: OptionDescription }) {
  const configure = usePlayground((state) => state.configure);
  const common = usePlayground((state) => configurationInUse(state).learningRate);
  const disabled = usePlayground(occupied);
  const value = usePlayground((state) => valueOf(configurationInUse(state), name));
  const set = (next: boolean | number | null): boolean => configure({ [name]: next });
  const { label, hint } = option;
  const explain = EXPLAINED.get(name);
  switch (option.kind) {
    case 'switch':
      return <SwitchField {...{ label, hint, explain, disabled }} checked={value === true} onChange={set} />;
    case 'integer':
      return <NumberField {...{ label, hint, explain, disabled }} option={name} value={Number(value)} onChange={set} />;
    case 'own rate':
      return (
        <>
          <SwitchField {...option.own} disabled={disabled} checked={value !== null} onChange={(on) => set(on ? common : null)} />
          {value !== null && (
            <NumberField {...{ label, hint, explain, disabled }} option={name} value={Number(value)} onChange={set} />
          )}
        </>
      );
  }
}

/** The value of an option in the configuration; null where it is neither a number nor on or off. */
function valueOf(configuration: Configuration, name: string): boolean | number | null {
  const value: unknown = Object.entries(configuration).find(([key]) => key === name)?.[1];
  return typeof value === 'boolean' || typeof value === 'number' ? value : null;
}
