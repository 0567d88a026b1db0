import { parseArgs } from 'node:util';
import { PlaygroundError } from '../vit/errors.js';

/** How the command line is called: from the repository's sources, or from the package, which is compiled. */
export const PROGRAM = import.meta.url.endsWith('.ts') ? 'npm run -s pyra --' : 'npx pyra';

export interface OptionDescription {
  /** The placeholder for the value in the help, such as `FILE`. An option without one is a flag. */
  readonly value?: string;
  readonly help: string;
  /** Left out of the help: it is known only to be refused, with the option that says it here. */
  readonly hidden?: true;
}

export type OptionTable<Name extends string> = Readonly<Record<Name, OptionDescription>>;

/** The option names of a table, with their own type. */
export function optionNames<Name extends string>(table: OptionTable<Name>): Name[] {
  return Object.keys(table).filter((name): name is Name => Object.hasOwn(table, name));
}

/** A table with an entry for each of the items. */
export function tableOf<Item, Name extends string>(
  items: readonly Item[],
  entry: (item: Item) => readonly [Name, OptionDescription],
): OptionTable<Name> {
  return Object.fromEntries(items.map(entry)) as Record<Name, OptionDescription>;
}

/** Options that every command has. */
const COMMON = {
  json: { help: 'print one JSON value instead of text' },
  help: { help: 'print this' },
} as const satisfies OptionTable<string>;

export interface CommandDescription<Name extends string> {
  readonly name: string;
  /** The arguments that follow the command's name, for example `FILE...`. */
  readonly positionals?: string;
  readonly summary: string;
  readonly details?: string;
  readonly options: OptionTable<Name>;
}

/** Joins a negative number to the option before it (`--epochs=-1`), since `parseArgs` would take it for another option. */
function joinNegatives(args: readonly string[], table: Readonly<Record<string, OptionDescription>>): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    const takesValue = before.startsWith('--') && table[before.slice(2)]?.value !== undefined;
    if (takesValue && /^-\.?\d/.test(arg)) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** The options of one call, each read as its type. A value of another type throws a sentence that names the option. */
export class Arguments<Name extends string> {
  readonly positionals: readonly string[];
  readonly json: boolean;
  readonly help: boolean;
  readonly #command: string;
  readonly #values: Readonly<Record<string, string | boolean | undefined>>;

  /** Throws `usage` for an option that the command does not have, or one that lacks its value. */
  constructor(description: CommandDescription<Name>, args: readonly string[]) {
    this.#command = description.name;
    const table: Record<string, OptionDescription> = { ...COMMON, ...description.options };
    const options = Object.fromEntries(
      Object.entries(table).map(([name, { value }]) => [
        name,
        { type: value === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    );
    try {
      const parsed = parseArgs({ args: joinNegatives(args, table), options, allowPositionals: true, strict: true });
      this.#values = Object.fromEntries(
        Object.entries(parsed.values).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]),
      );
      this.positionals = parsed.positionals;
    } catch (cause) {
      const [sentence = ''] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
      throw usage(
        `${description.name}: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}; see '${description.name} --help'`,
      );
    }
    this.json = this.#values['json'] === true;
    this.help = this.#values['help'] === true;
    if (!this.help && description.positionals === undefined && this.positionals.length > 0) {
      throw usage(`${description.name}: '${this.positionals[0] ?? ''}' is no option; see '${description.name} --help'`);
    }
  }

  /**
   * The only argument that is not an option. Throws `usage` where there is none, or more than one.
   * @param what it is, such as `run`.
   */
  only(what: string): string {
    const [first, second] = this.positionals;
    if (first === undefined) throw usage(`${this.#command}: no ${what} was given; see '${this.#command} --help'`);
    if (second !== undefined) throw usage(`${this.#command}: takes one ${what}, and '${second}' was given too`);
    return first;
  }

  flag(name: Name): boolean {
    return this.#values[name] === true;
  }

  text(name: Name): string | undefined {
    const value = this.#values[name];
    if (value === '') throw invalid(name, 'has no value');
    return typeof value === 'string' ? value : undefined;
  }

  number(name: Name): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) throw invalid(name, `is '${text}', expected a number`);
    return value;
  }

  integer(name: Name): number | undefined {
    const value = this.number(name);
    if (value !== undefined && !Number.isSafeInteger(value)) throw invalid(name, `is ${value}, expected a whole number`);
    return value;
  }

  /** Numbers separated by commas. */
  numbers(name: Name, count: number): number[] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const values = text.split(',').map(Number);
    if (values.length !== count || !values.every(Number.isFinite)) {
      throw invalid(name, `is '${text}', expected ${count} numbers separated by commas`);
    }
    return values;
  }

  choice<Choice extends string>(name: Name, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw invalid(name, `is '${text}', expected one of ${choices.join(', ')}`);
    return found;
  }
}

export function usage(message: string): PlaygroundError {
  return new PlaygroundError('usage', message);
}

export function invalid(option: string, what: string): PlaygroundError {
  return new PlaygroundError('option.invalid', `--${option} ${what}`, { subject: option });
}

/** The help of a command: what it does, and a line for each option. */
export function helpText<Name extends string>({
  name,
  positionals,
  summary,
  details,
  options,
}: CommandDescription<Name>): string {
  const all: [string, OptionDescription][] = [...Object.entries<OptionDescription>(options), ...Object.entries(COMMON)];
  const table = all.filter(([, { hidden }]) => hidden !== true);
  const rows = table.map(([option, { value, help }]) => [`--${option}${value === undefined ? '' : ` ${value}`}`, help] as const);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [
    `${PROGRAM} ${name}${positionals === undefined ? '' : ` ${positionals}`} [OPTION...]`,
    '',
    summary,
    ...(details === undefined ? [] : ['', details]),
    '',
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}${help}`),
  ].join('\n');
}

/** Throws `usage` with the reason where one of these options was given although it would have no effect. */
export function requireNone<Name extends string>(args: Arguments<Name>, names: readonly Name[], why: string): void {
  const given = names.find((name) => args.flag(name) || args.text(name) !== undefined);
  if (given !== undefined) throw usage(`--${given}: ${why}`);
}
