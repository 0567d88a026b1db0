import type { ModelSummary } from '../../protocol/api.js';
import { backboneChoice, BUNDLED, NO_ANSWERS } from '../../vit/configuration.js';
import type { BackboneChoice, Configuration } from '../../vit/configuration.js';
import type { ErrorRecord } from '../../vit/errors.js';
import { usualImageSize } from '../../vit/architecture.js';
import type { Answer } from '../../protocol/answer.js';
import { Evidence } from '../evidence.js';
import { choiceKey } from '../keys.js';
import { startingImageSize } from '../link.js';
import type { GetState, Services, Slice } from '../state.js';
import type { ModelsSlice } from '../state/models.js';

const asksForHeads = (error: ErrorRecord): boolean => error.code === 'option.invalid' && error.subject === 'heads';

const ofChoice = (model: ModelSummary): Evidence<ModelSummary> =>
  new Evidence({ configuration: choiceKey({ model: model.name, ...model.answers }) }, model);

function refuse(get: GetState, model: string, error: ErrorRecord): void {
  if (asksForHeads(error)) get().askHeads(model, error);
  // It is about the one that was chosen, or the one that is set up: either way it stands until another is taken.
  else get().report('model', error);
}

/** Questions to the worker for a backbone: only the last one counts, whatever the order of the answers. */
function lastAsked({ api }: Pick<Services, 'api'>, get: GetState) {
  let asked = 0;
  /** Resolves when the last question is answered and its answer acted upon. */
  let settled: Promise<void> = Promise.resolve();

  /**
   * Asks the worker for a backbone and acts on its answer, unless another was asked for meanwhile.
   *
   * @returns false where the answer came too late to count.
   */
  const ask = async (choice: BackboneChoice, then: (answer: Answer<ModelSummary>) => void): Promise<boolean> => {
    const mine = ++asked;
    get().dismiss('model');
    const asking = (async () => {
      const answer = await api.useModel(choice);
      if (mine !== asked) return false;
      then(answer);
      return true;
    })();
    settled = asking.then(() => undefined);
    return asking;
  };
  return {
    ask,
    /** Makes the questions so far count no more. */
    drop: (): void => {
      asked++;
    },
    /** Resolves when the last question is settled. */
    settled: (): Promise<void> => settled,
  };
}

const kept: Slice<Pick<ModelsSlice, 'loadKeptModels' | 'receiveKeptModels' | 'deleteModel'>> =
  ({ api }) =>
  (set, get) => ({
    loadKeptModels: async () => {
      const answer = await api.keptModels();
      if (answer.ok) set({ keptModels: answer.value });
    },
    receiveKeptModels: (keptModels) => set({ keptModels }),
    deleteModel: async (name) => {
      if (get().configuration.model === name) await get().chooseModel(BUNDLED);
      const answer = await api.deleteModel(name);
      if (answer.ok) set({ keptModels: answer.value });
      else get().report('model', answer.error);
    },
  });

const choosing: Slice<Pick<ModelsSlice, 'ensureModel' | 'takeModel' | 'askHeads' | 'chooseModel' | 'answerModel'>> =
  ({ api }) =>
  (set, get) => {
    const last = lastAsked({ api }, get);
    const inUse = (configuration: Configuration): boolean =>
      (get().model?.against({ configuration: choiceKey(configuration) }) ?? null) !== null;
    const switchTo = async (choice: BackboneChoice): Promise<void> => {
      await last.ask(choice, (answer) => {
        if (answer.ok) get().takeModel(answer.value);
        else refuse(get, choice.model, answer.error);
      });
    };
    return {
      ensureModel: async (configuration) => {
        if (inUse(configuration)) return true;
        const counted = await last.ask(backboneChoice(configuration), (answer) => {
          if (answer.ok) {
            set({ model: ofChoice(answer.value), askedModel: null });
            return;
          }
          set({ model: null });
          refuse(get, configuration.model, answer.error);
          if (!asksForHeads(answer.error)) get().offerToFetch(configuration.model);
        });
        if (counted) return inUse(configuration);
        // A person chose another backbone meanwhile: that choice decides, and this one is not asked for again.
        await last.settled();
        const { configuration: now, borrowed } = get();
        if (inUse(configuration)) return true;
        return borrowed === null && choiceKey(now) === choiceKey(configuration) ? get().ensureModel(configuration) : false;
      },
      takeModel: (model) => {
        const { adapter, configuration } = get();
        const { name, answers, architecture } = model;
        last.drop();
        const own = name === BUNDLED && adapter ? startingImageSize(adapter) : usualImageSize(architecture);
        const imageSize = name === configuration.model ? configuration.imageSize : own;
        get().dismiss('model');
        set({
          model: ofChoice(model),
          askedModel: null,
          configuration: { ...configuration, model: name, ...answers, imageSize },
        });
      },
      askHeads: (model, question) => {
        set({ askedModel: model });
        get().report('model', question);
      },
      chooseModel: async (name) => {
        if (!get().keptModels.models.some((other) => other.name === name) && name !== BUNDLED) await get().loadKeptModels();
        const kept = get().keptModels.models.find((other) => other.name === name);
        await switchTo({ model: name, ...(kept?.answers ?? NO_ANSWERS) });
        await get().suitSize();
      },
      answerModel: async (answers) => {
        const { askedModel, configuration } = get();
        const other = askedModel !== null && askedModel !== configuration.model;
        await switchTo({ ...(other ? { model: askedModel, ...NO_ANSWERS } : backboneChoice(configuration)), ...answers });
      },
    };
  };

export const createModelsSlice: Slice<ModelsSlice> =
  (services) =>
  (...store) => ({
    model: null,
    keptModels: { models: [], unfinishedBytes: 0 },
    askedModel: null,
    ...kept(services)(...store),
    ...choosing(services)(...store),
  });
