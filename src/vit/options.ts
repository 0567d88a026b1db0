import { z } from 'zod';

/** The command line's options that units bring. */
export type UnitFlag = 'rank' | 'adapter-width' | 'no-proportional-attention' | 'pyra-lr';

/** The texts about an option: beside its control, in the command line's help, and in the documentation. */
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

/** A learning rate for some of the weights, or null for the common one. */
export interface OwnRateOption extends OptionWords, NumberBounds {
  readonly kind: 'own rate';
  readonly initial: number | null;
  /** The texts of the switch that gives these weights a learning rate of their own. */
  readonly own: { readonly label: string; readonly hint: string };
}

/** A switch. The command line's flag sets the opposite of its default. */
export interface SwitchOption extends OptionWords {
  readonly kind: 'switch';
  readonly initial: boolean;
}

export type OptionDescription = IntegerOption | OwnRateOption | SwitchOption;

export const integerSchema = ({ least, most }: NumberBounds) => z.number().int().min(least).max(most);
export const numberSchema = ({ least, most }: NumberBounds) => z.number().min(least).max(most);
