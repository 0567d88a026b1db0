import { configurationSchema, isDrawn } from '../../vit/configuration.js';
import { firstFault } from '../../vit/ranges.js';
import { Evidence } from '../evidence.js';
import { dataInUse, estimateFacts, modelInUse } from '../facts.js';
import { sensibleSize, sizeChoices } from '../progress/choices.js';
import { DEFAULT_CONFIGURATION, readHash } from '../link.js';
import { scheduleProblem } from '../schedule.js';
import type { Slice } from '../state.js';
import type { SetupSlice } from '../state/setup.js';

const sizing: Slice<Pick<SetupSlice, 'chooseSize' | 'suitSize'>> =
  ({ api }) =>
  (set, get) => ({
    chooseSize: (side) => {
      if (get().configure({ imageSize: side })) set({ sizeChosen: side, suited: null });
    },
    suitSize: async () => {
      const data = dataInUse(get());
      const model = modelInUse(get());
      const { configuration, sizeChosen } = get();
      const before = configuration.imageSize;
      if (!data || !model || isDrawn(data.name) || sizeChosen === before) return;
      const answer = await api.estimate(configuration);
      const perEpoch = answer.ok ? answer.value.value.secondsPerEpoch : null;
      const seconds = perEpoch === null ? null : perEpoch * configuration.epochs;
      const choices = sizeChoices(configuration, model.architecture, data.classes.length, seconds);
      const side = sensibleSize(choices, data.typicalSide, before);
      if (get().configuration !== configuration || side === before) return;
      const why =
        side > before
          ? `at ${before} px a photograph is only a few patches. A smaller size is faster: choose it below.`
          : `at ${before} px the run takes longer than 20 min on this machine. Choose it below if that is worth it.`;
      get().configure({ imageSize: side });
      set({ suited: new Evidence({ data: data.fingerprint, weights: model.fingerprint }, { before, why }) });
    },
  });

const configuring: Slice<Omit<SetupSlice, 'chooseSize' | 'suitSize' | 'suited' | 'sizeChosen'>> =
  ({ api, address }) =>
  (set, get) => {
    const link = readHash(address.read());
    let ticket = 0;
    return {
      configuration: link.kind === 'configuration' ? link.configuration : DEFAULT_CONFIGURATION,
      estimate: null,
      drafts: {},
      configure: (change) => {
        const wanted = { ...get().configuration, ...change };
        const result = configurationSchema.safeParse(wanted);
        if (!result.success) {
          const fault = firstFault(wanted);
          const message = `${fault?.option ?? 'The set-up'} ${fault?.why ?? 'cannot be taken'}; it stays as it was.`;
          get().report('setup', { code: 'option.invalid', message, ...(fault ? { subject: fault.option } : {}) });
          return false;
        }
        get().dismiss('setup');
        set({ configuration: result.data });
        return true;
      },
      draft: (field, reason) =>
        set((state) => {
          if ((state.drafts[field] ?? null) === reason) return state;
          const { [field]: _old, ...others } = state.drafts;
          return { drafts: reason === null ? others : { ...others, [field]: reason } };
        }),
      replaceConfiguration: (configuration) => {
        get().dismiss('setup');
        set({ configuration });
      },
      followAddress: (hash) => {
        const next = readHash(hash);
        if (next.kind === 'problem')
          get().report('link', { code: 'option.invalid', message: `${next.message}; the set-up stays as it was.` });
        if (next.kind === 'configuration') {
          get().dismiss('link');
          set({ configuration: next.configuration });
        }
      },
      refreshEstimate: async () => {
        const mine = ++ticket;
        const model = modelInUse(get());
        if (!model || !dataInUse(get())) return;
        const facts = estimateFacts(get());
        // The field says what is wrong with a schedule, once.
        if (scheduleProblem(get().configuration, model.architecture) !== null) {
          set({ estimate: null });
          return get().dismiss('fit');
        }
        const answer = await api.estimate(get().configuration);
        if (mine !== ticket) return;
        set({ estimate: answer.ok ? new Evidence(answer.value.of, answer.value.value) : null });
        if (answer.ok) get().dismiss('fit');
        else get().report('fit', answer.error, facts);
      },
    };
  };

/** The size of pictures in a link; null where it has none. */
function sizeOf(hash: string): number | null {
  const link = readHash(hash);
  const said = new URLSearchParams(hash.replace(/^#/, '')).has('imageSize');
  return said && link.kind === 'configuration' ? link.configuration.imageSize : null;
}

export const createSetupSlice: Slice<SetupSlice> =
  (services) =>
  (...store) => ({
    suited: null,
    sizeChosen: sizeOf(services.address.read()),
    ...configuring(services)(...store),
    ...sizing(services)(...store),
  });
