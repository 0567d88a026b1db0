import { z } from 'zod';

/** The command line's options that units bring. */
export type UnitFlag = 'rank' | 'adapter-width' | 'no-proportional-attention' | 'pyra-lr';

/**
 * The words about an option that stand wherever it is asked for: beside its control, in the command line's help, in the documentation.
 */
interface OptionWords {
  readonly label: string;
  /** One line beside the control. */
  readonly hint: string;
  /** The command line's option that sets it, without its dashes. */
  readonly flag: UnitFlag;
  /** What the command line's help says. */
  readonly help: string;
}

interface NumberBounds {
  readonly least: number;
  readonly most: number;
}

export interface IntegerOption extends OptionWords, NumberBounds {
  readonly kind: 'integer';
  readonly initial: number;
}

/** A learning rate of some weights' own, or null for the common one. */
export interface OwnRateOption extends OptionWords, NumberBounds {
  readonly kind: 'own rate';
  readonly initial: number | null;
  /** The words of the switch that gives these weights their own rate. */
  readonly own: { readonly label: string; readonly hint: string };
}

/** On or off; the flag sets the opposite of its default. */
export interface SwitchOption extends OptionWords {
  readonly kind: 'switch';
  readonly initial: boolean;
}

export type OptionDescription = IntegerOption | OwnRateOption | SwitchOption;

export const integerSchema = ({ least, most }: NumberBounds) => z.number().int().min(least).max(most);
export const numberSchema = ({ least, most }: NumberBounds) => z.number().min(least).max(most);
