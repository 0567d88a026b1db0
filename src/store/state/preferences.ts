export const THEMES = ['system', 'light', 'dark'] as const;

export type Theme = (typeof THEMES)[number];

/** The page's screens, one of which is shown. */
export const SCREENS = ['playground', 'classes', 'predict', 'verify', 'benchmark', 'help'] as const;

export type Screen = (typeof SCREENS)[number];

/** The columns of the playground; tabs where they do not fit side by side. */
export const COLUMNS = ['setup', 'watch', 'compare'] as const;

export type ColumnName = (typeof COLUMNS)[number];

export interface PreferencesSlice {
  readonly theme: Theme;
  readonly screen: Screen;
  readonly column: ColumnName;
  readonly starred: ReadonlySet<string>;
  /** Whether the first map was played on an earlier visit. */
  readonly introduced: boolean;
  /** The columns shown in the table of runs, by name; null for those of the start. */
  readonly tableColumns: readonly string[] | null;
  setTheme(theme: Theme): void;
  show(screen: Screen): void;
  showColumn(column: ColumnName): void;
  star(runId: string, on: boolean): void;
  introduce(): void;
  chooseColumns(columns: readonly string[]): void;
}
