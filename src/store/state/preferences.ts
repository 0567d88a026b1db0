export const THEMES = ['system', 'light', 'dark'] as const;

export type Theme = (typeof THEMES)[number];

/** The page's screens; all of them stand in place of one another. */
export const SCREENS = ['playground', 'classes', 'predict', 'verify', 'benchmark', 'help'] as const;

export type Screen = (typeof SCREENS)[number];

/** The three places of the playground, as tabs where they do not fit beside each other. */
export const COLUMNS = ['setup', 'watch', 'compare'] as const;

export type ColumnName = (typeof COLUMNS)[number];

export interface PreferencesSlice {
  readonly theme: Theme;
  readonly screen: Screen;
  readonly column: ColumnName;
  readonly starred: ReadonlySet<string>;
  /** Whether an earlier visit saw the first map play from the picture on. */
  readonly introduced: boolean;
  /** Columns of the table of runs, by their names; null: those that it starts with. */
  readonly tableColumns: readonly string[] | null;
  setTheme(theme: Theme): void;
  show(screen: Screen): void;
  showColumn(column: ColumnName): void;
  star(runId: string, on: boolean): void;
  introduce(): void;
  chooseColumns(columns: readonly string[]): void;
}
