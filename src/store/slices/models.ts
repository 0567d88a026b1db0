import type { ModelSummary } from '../../protocol/api.js';
import { backboneChoice, NO_ANSWERS } from '../../vit/configuration.js';
import type { BackboneChoice } from '../../vit/configuration.js';
import type { ErrorRecord } from '../../vit/errors.js';
import { startingImageSize } from '../link.js';
import type { Slice } from '../state.js';
import type { ModelsSlice } from '../state/models.js';

export const BUNDLED = 'bundled';

export const choiceKey = (choice: BackboneChoice): string => JSON.stringify(backboneChoice(choice));

const asksForHeads = (error: ErrorRecord): boolean => error.code === 'option.invalid' && error.subject === 'heads';

export const createModelsSlice: Slice<ModelsSlice> =
  ({ api }) =>
  (set, get) => {
    /** What was asked for last: an answer to anything else comes too late. */
    let wanted = '';
    const show = (model: ModelSummary): void => {
      wanted = choiceKey({ model: model.name, ...model.answers });
      get().dismiss('model');
      set({ model, askedModel: null });
    };
    const switchTo = async (choice: BackboneChoice): Promise<void> => {
      wanted = choiceKey(choice);
      const answer = await api.useModel(choice);
      if (wanted !== choiceKey(choice)) return;
      if (answer.ok) get().takeModel(answer.value);
      else if (asksForHeads(answer.error)) get().askHeads(choice.model, answer.error);
      else get().report('model', answer.error);
    };
    return {
      model: null,
      keptModels: { models: [], unfinishedBytes: 0 },
      askedModel: null,
      loadKeptModels: async () => {
        const answer = await api.keptModels();
        if (answer.ok) set({ keptModels: answer.value });
      },
      receiveKeptModels: (keptModels) => set({ keptModels }),
      ensureModel: async (configuration) => {
        const key = choiceKey(configuration);
        const { model } = get();
        if (model && choiceKey({ model: model.name, ...model.answers }) === key) return true;
        wanted = key;
        const answer = await api.useModel(backboneChoice(configuration));
        if (wanted !== key) return get().ensureModel(get().configuration);
        if (answer.ok) {
          show(answer.value);
          return true;
        }
        set({ model: null });
        if (asksForHeads(answer.error)) get().askHeads(configuration.model, answer.error);
        else {
          get().report('model', answer.error);
          get().offerToFetch(configuration.model);
        }
        return false;
      },
      takeModel: (model) => {
        const { adapter, configuration } = get();
        const { name, answers, architecture } = model;
        show(model);
        const own = name === BUNDLED && adapter ? startingImageSize(adapter) : architecture.imageSize;
        const imageSize = name === configuration.model ? configuration.imageSize : own;
        get().configure({ model: name, ...answers, imageSize });
      },
      askHeads: (model, question) => {
        set({ askedModel: model });
        get().report('model', question);
      },
      chooseModel: async (name) => {
        const kept = get().keptModels.models.find((other) => other.name === name);
        await switchTo({ model: name, ...(kept?.answers ?? NO_ANSWERS) });
      },
      answerModel: async (answers) => {
        const { askedModel, configuration } = get();
        const asked = askedModel !== null && askedModel !== configuration.model;
        await switchTo({ ...(asked ? { model: askedModel, ...NO_ANSWERS } : backboneChoice(configuration)), ...answers });
      },
      deleteModel: async (name) => {
        if (get().configuration.model === name) await get().chooseModel(BUNDLED);
        const answer = await api.deleteModel(name);
        if (answer.ok) set({ keptModels: answer.value });
        else get().report('model', answer.error);
      },
    };
  };
