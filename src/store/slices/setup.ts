import { configurationSchema } from '../../vit/configuration.js';
import { DEFAULT_CONFIGURATION, readHash } from '../link.js';
import type { Slice } from '../state.js';
import type { SetupSlice } from '../state/setup.js';

export const createSetupSlice: Slice<SetupSlice> =
  ({ api, address }) =>
  (set, get) => {
    const link = readHash(address.read());
    let ticket = 0;
    return {
      configuration: link.kind === 'configuration' ? link.configuration : DEFAULT_CONFIGURATION,
      estimate: null,
      configure: (change) => {
        const result = configurationSchema.safeParse({ ...get().configuration, ...change });
        if (!result.success) {
          const [issue] = result.error.issues;
          const option = issue?.path.join('.') ?? '';
          get().report('setup', {
            code: 'option.invalid',
            message: `${option} was not changed: ${issue?.message ?? 'not valid'}.`,
            subject: option,
          });
          return false;
        }
        get().dismiss('setup');
        set({ configuration: result.data });
        return true;
      },
      replaceConfiguration: (configuration) => {
        get().dismiss('setup');
        set({ configuration });
      },
      followAddress: (hash) => {
        const next = readHash(hash);
        if (next.kind === 'problem') get().report('link', { code: 'option.invalid', message: next.message });
        if (next.kind === 'configuration') {
          get().dismiss('link');
          set({ configuration: next.configuration });
        }
      },
      refreshEstimate: async () => {
        const mine = ++ticket;
        if (!get().model || !get().data) return;
        const answer = await api.estimate(get().configuration);
        if (mine !== ticket) return;
        set({ estimate: answer.ok ? answer.value : null });
        if (answer.ok) get().dismiss('setup');
        else get().report('setup', answer.error);
      },
    };
  };
