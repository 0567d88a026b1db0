/** The part of a stream that is written to: `process.stdout`, or a test's. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Milliseconds between plain lines of progress, where a line cannot be replaced. */
const PLAIN_INTERVAL = 10_000;

/**
 * The command line's output. Results go to standard output; with `--json` standard output has a single JSON value and all text goes to
 * standard error. Progress is one line that is replaced on a terminal, and otherwise an occasional line.
 */
export class Terminal {
  readonly #words: TextStream;
  #statusShown = false;
  #lastPlain = 0;
  #stage: { readonly what: string; readonly began: number } | null = null;

  readonly #output: TextStream;
  readonly #errors: TextStream;
  readonly #json: boolean;

  constructor(output: TextStream, errors: TextStream, json: boolean) {
    this.#output = output;
    this.#errors = errors;
    this.#json = json;

    this.#words = json ? errors : output;
  }

  line(text = ''): void {
    this.clear();
    this.#words.write(`${text}\n`);
  }

  /** A warning or an error. */
  note(text: string): void {
    this.clear();
    this.#errors.write(`${text}\n`);
  }

  /** Replaces the line of progress. Where lines cannot be replaced, one is written every ten seconds. */
  status(text: string): void {
    if (this.#words.isTTY === true) {
      // Some terminals report a width of 0.
      const columns = this.#words.columns ?? 0;
      this.#words.write(`\r\x1b[K${text.slice(0, (columns > 0 ? columns : 80) - 1)}`);
      this.#statusShown = true;
      return;
    }
    const now = performance.now();
    if (this.#lastPlain !== 0 && now - this.#lastPlain < PLAIN_INTERVAL) return;
    this.#lastPlain = now;
    this.#words.write(`${text}\n`);
  }

  /** Shows work before the main task: its parts as progress, and at the end a line with the time it took. */
  stage(what: string, done: number, total: number): void {
    const now = performance.now();
    if (this.#stage?.what !== what) this.#stage = { what, began: now };
    this.status(`${what}: ${done} of ${total}`);
    if (done < total) return;
    this.line(`${what}: ${total} in ${((now - this.#stage.began) / 1000).toFixed(1)} s`);
    this.#stage = null;
  }

  /** What the command found: as JSON for machines, else as text. */
  result(value: unknown, text: () => readonly string[]): void {
    this.clear();
    if (this.#json) this.#output.write(`${JSON.stringify(value, null, 2)}\n`);
    else for (const line of text()) this.#output.write(`${line}\n`);
  }

  /** Removes the line of progress. */
  clear(): void {
    if (!this.#statusShown) return;
    this.#words.write('\r\x1b[K');
    this.#statusShown = false;
  }
}

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

/** A number with this many significant digits, never with an exponent; empty for null. */
export function significant(value: number | null | undefined, digits: number): string {
  return value === undefined || value === null ? '' : String(Number(value.toPrecision(digits)));
}

/** Seconds as `3 s`, `2 min 5 s`, `1 h 12 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Columns of equal width, two spaces apart; the first is left-aligned, the others right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** Rows as comma-separated values. */
export const csv = (rows: readonly (readonly string[])[]): string =>
  rows
    .map((row) => `${row.map((cell) => (/[",\s]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`)
    .join('');
