/** The data set that the worker has, and how the page brings it in line with a configuration. */
import type { DataEdits, DataSummary } from '../../protocol/api.js';
import { optionsKey } from '../../protocol/provenance.js';
import { Turn } from '../../protocol/turn.js';
import { PAPER_RECIPE, type Configuration, isDrawn, taskOf } from '../../vit/configuration.js';
import type { ErrorRecord } from '../../vit/errors.js';
import { Evidence } from '../evidence.js';
import { carried, NOTHING, type Carried } from './carried.js';
import { keptEdits } from './kept-edits.js';
import { dataKey } from '../keys.js';
import type { GetState, Services, SetState } from '../state.js';

/** What a person changes of a data set besides its split. */
type Changes = Pick<DataEdits, 'classes' | 'labels'>;

/** Drops edits that speak of classes which the data set does not have: another one may have taken the same name. */
function editsThatFit({ classes, labels = {} }: Changes, rawClasses: readonly string[]): Required<Changes> {
  return {
    classes: Object.fromEntries(Object.entries(classes).filter(([name]) => rawClasses.includes(name))),
    labels: Object.fromEntries(Object.entries(labels).filter(([, title]) => rawClasses.includes(title))),
  };
}

const splitOf = ({ splitSeed, splitShares }: Configuration): Pick<DataEdits, 'splitSeed' | 'splitShares'> => ({
  splitSeed,
  splitShares,
});

/** The split that the worker begins with. */
const FIRST_SPLIT = optionsKey({ splitSeed: 0, splitShares: [...PAPER_RECIPE.splitShares] });

const namesOf = ({ classes }: DataSummary): string[] => classes.map(({ name }) => name);

const missing = (name: string): ErrorRecord => ({
  code: 'data.empty',
  message: `The data set '${name}' is not on this page: drop it anywhere, or choose another.`,
  subject: name,
});

/** Its changes run one after the other, so that page and worker always mean the same data set. */
export class WorkerData {
  readonly #api: Services['api'];
  readonly #kept: ReturnType<typeof keptEdits>;
  readonly #set: SetState;
  readonly #get: GetState;
  readonly #turn = new Turn();

  constructor({ api, storage }: Pick<Services, 'api' | 'storage'>, set: SetState, get: GetState) {
    this.#api = api;
    this.#kept = keptEdits(storage);
    this.#set = set;
    this.#get = get;
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turn.take(work);
  }

  /** Notes that the worker's data set is this one now, made as that configuration says. */
  take(summary: DataSummary, configuration: Configuration, { thumbnails, browsed }: Carried = NOTHING): void {
    this.#get().dismiss('data');
    this.#set({ data: new Evidence({ configuration: dataKey(configuration) }, summary), thumbnails, browsed });
  }

  async #edit(edits: DataEdits): Promise<DataSummary | ErrorRecord> {
    const answer = await this.#api.editData(edits);
    if (!answer.ok) return answer.error;
    this.#set({ edits });
    this.#kept.keep(answer.value.name, edits);
    return answer.value;
  }

  /** Applies edits of classes and labels with a configuration's split; resolves to the error where that fails. */
  async edit({ classes, labels = {} }: Changes, configuration: Configuration): Promise<ErrorRecord | null> {
    const before = this.#get();
    const edited = await this.#edit({ classes, labels, ...splitOf(configuration) });
    if ('message' in edited) return edited;
    this.take(edited, configuration, await carried(this.#api, before, edited, labels));
    return null;
  }

  /** Has the worker use a configuration's data; resolves to the error where that fails. */
  async bring(configuration: Configuration): Promise<ErrorRecord | null> {
    const { data, seed, taskPictures } = configuration;
    if (isDrawn(data)) {
      const drawn = await this.#api.useTask(taskOf(data), seed, taskPictures);
      if (!drawn.ok) return drawn.error;
      this.#set({ rawClasses: namesOf(drawn.value), edits: { classes: {}, ...splitOf(configuration) }, labelsBefore: [] });
      this.take(drawn.value, configuration);
      return null;
    }
    // The same files with another split need not be opened again.
    if (this.#get().data?.against({}, [])?.value.name !== data) {
      const again = await this.#api.useKeptData(data);
      if (!again.ok) return again.error.code === 'data.empty' ? missing(data) : again.error;
      const rawClasses = namesOf(again.value);
      const fitting = editsThatFit(this.#kept.of(data), rawClasses);
      this.#set({ data: null, rawClasses, edits: { ...fitting, ...splitOf(configuration) }, labelsBefore: [] });
    }
    return this.edit(this.#get().edits, configuration);
  }

  /** Takes a data set that was given, in place of the configuration's. */
  async receive(given: DataSummary): Promise<void> {
    const configuration = { ...this.#get().configuration, data: given.name };
    this.#kept.keep(given.name, { classes: {} });
    this.#set({ rawClasses: namesOf(given), edits: { classes: {}, splitSeed: 0 }, labelsBefore: [] });
    const wanted = splitOf(configuration);
    const split = optionsKey({ ...wanted }) === FIRST_SPLIT ? given : await this.#edit({ classes: {}, ...wanted });
    if ('message' in split) return this.#get().report('intake', split);
    this.#get().dismiss('setup');
    this.take(split, configuration);
    this.#set((state) => ({ configuration, givenData: [...new Set([...state.givenData, given.name])] }));
    void this.#get().loadKeptData();
  }
}
