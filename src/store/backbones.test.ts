import { describe, expect, it } from 'vitest';
import { fakeRun } from '../testing/page/fake-api.js';
import { bench, settle } from '../testing/page/store-bench.js';
import type { Downloader } from './browser/downloader.js';
import { modelInUse, problemAt } from './facts.js';
import { DEFAULT_CONFIGURATION } from './link.js';

describe('the backbone', () => {
  const given = { models: [{ name: 'vit', bytes: 5, answers: { heads: 6, mean: null, std: null } }], unfinishedBytes: 0 };

  it('is chosen among the kept ones, understood as it was last, with the pictures that it was made for', async () => {
    const { api, store } = bench();
    api.keptBackbones = [...given.models];
    await store.getState().start();
    store.getState().configure({ imageSize: 64 });
    await store.getState().chooseModel('vit');
    expect(modelInUse(store.getState())).toMatchObject({ name: 'vit', architecture: { heads: 6 } });
    expect(store.getState().configuration).toMatchObject({ model: 'vit', heads: 6, mean: null, imageSize: 96 });
    await store.getState().chooseModel('bundled');
    expect(store.getState().configuration).toMatchObject({ model: 'bundled', heads: null });
  });

  it('is overruled in the configuration, so that a run and a link say it', async () => {
    const made = bench();
    await made.store.getState().start();
    await made.store.getState().answerModel({ heads: 8 });
    await made.store.getState().answerModel({ mean: [0, 0, 0], std: [1, 1, 1] });
    expect(made.store.getState().configuration).toMatchObject({ heads: 8, mean: [0, 0, 0], std: [1, 1, 1] });
    expect(made.hash).toContain('heads=8&mean=0,0,0&std=1,1,1');
    const other = bench({ hash: made.hash });
    await other.store.getState().start();
    expect(modelInUse(other.store.getState())?.architecture.heads).toBe(8);
  });

  it('asks for the heads where nothing says them, and goes on with the answer', async () => {
    const { api, store } = bench();
    await store.getState().start();
    api.headless = 'odd';
    api.give = async () => ({
      ok: true,
      value: { kind: 'question', model: 'odd', question: { code: 'option.invalid', message: 'how many?', subject: 'heads' } },
    });
    await store.getState().give([{ path: 'odd', file: new File([], 'odd') }]);
    expect(store.getState().askedModel).toBe('odd');
    expect(modelInUse(store.getState())?.name).toBe('bundled');
    expect(problemAt(store.getState(), 'model')?.message).toBe('how many?');
    await store.getState().answerModel({ heads: 4 });
    expect(store.getState()).toMatchObject({
      askedModel: null,
      configuration: { model: 'odd', heads: 4 },
    });
    expect(problemAt(store.getState(), 'model')).toBeNull();
  });

  it('that a link names and this browser does not have is reported as missing, and is not replaced by another', async () => {
    const { store } = bench({ hash: '#model=foreign.npz' });
    await store.getState().start();
    expect(store.getState()).toMatchObject({ model: null, configuration: { model: 'foreign.npz' } });
    expect(problemAt(store.getState(), 'model')?.message).toContain('foreign.npz');
    expect(await store.getState().train(store.getState().configuration, 'x')).toBeNull();
    await store.getState().chooseModel('bundled');
    expect(problemAt(store.getState(), 'model')).toBeNull();
    expect(modelInUse(store.getState())?.name).toBe('bundled');
  });

  it('gives way to the bundled one when it is deleted', async () => {
    const { api, store } = bench({ hash: '#model=vit' });
    api.keptBackbones = [...given.models];
    await store.getState().start();
    expect(store.getState().keptModels).toEqual(given);
    await store.getState().deleteModel('vit');
    expect(store.getState().keptModels.models).toEqual([]);
    expect(modelInUse(store.getState())?.name).toBe('bundled');
  });

  it('comes back with a run that is given or continued', async () => {
    const { api, store, elapse } = bench();
    api.keptBackbones = [...given.models];
    const run = fakeRun('one', { ...DEFAULT_CONFIGURATION, model: 'vit', heads: 8 }, 'paused', 2);
    api.saved = [run];
    await store.getState().start();
    await store.getState().continueRun('one');
    expect(api.calls).toContain('useModel vit 8');
    // The set-up stays as it was.
    expect(modelInUse(store.getState())?.name).toBe('bundled');
    store.getState().replaceConfiguration(run.configuration);
    elapse();
    await settle();
    expect(modelInUse(store.getState())?.name).toBe('vit');
  });
});

describe('a model from a hub', () => {
  it('is fetched from the one host that its reference names, and is the backbone', async () => {
    const asked: unknown[] = [];
    const downloader: Downloader = {
      fetch: async (request, origin, onProgress) => {
        asked.push([request, origin]);
        onProgress({ file: 'model.safetensors', received: 5, total: 10 });
        expect(made.store.getState().download).toEqual({ file: 'model.safetensors', received: 5, total: 10 });
        return { ok: true, value: { name: 'owner/vit', files: [] } };
      },
    };
    const made = bench({ downloader });
    await made.store.getState().start();
    made.store.getState().typeReference(' owner/vit ');
    await made.store.getState().fetchModel(' secret ');
    expect(asked).toEqual([[{ reference: 'owner/vit', token: 'secret' }, 'https://huggingface.co']]);
    expect(made.store.getState()).toMatchObject({
      download: null,
      configuration: { model: 'owner/vit' },
    });
    // Neither the page nor the address keeps the token; the reference is there for the next visit.
    expect([...made.kept.values(), made.hash].join()).not.toContain('secret');
    expect(bench({ kept: made.kept }).store.getState().reference).toBe(' owner/vit ');
    // What is here already is not fetched again.
    await made.store.getState().chooseModel('bundled');
    await made.store.getState().fetchModel('');
    expect(asked).toHaveLength(1);
    expect(modelInUse(made.store.getState())?.name).toBe('owner/vit');
  });

  it('is not asked for where the text is no reference', async () => {
    const { store } = bench({ downloader: { fetch: () => Promise.reject(new Error('asked')) } });
    await store.getState().start();
    for (const text of ['', 'vit', 'http://example.com/vit.npz', 'https://me:word@example.com/vit']) {
      store.getState().typeReference(text);
      await store.getState().fetchModel('');
      expect(problemAt(store.getState(), 'hub')?.code, text).toBe('usage');
    }
  });

  it('stops when asked, without a word, and says everything else where it was asked for', async () => {
    const error = { code: 'network' as const, message: 'the hub has no such model' };
    const made = bench({
      downloader: {
        fetch: (_request, _origin, _onProgress, signal) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve({ ok: false, error: { code: 'cancelled', message: 'stopped' } }));
            setTimeout(() => resolve({ ok: false, error }), 20);
          }),
      },
    });
    const { store } = made;
    await store.getState().start();
    store.getState().typeReference('owner/vit');
    const first = store.getState().fetchModel('');
    store.getState().cancelDownload();
    await first;
    expect(store.getState()).toMatchObject({ download: null, problems: {} });
    await store.getState().fetchModel('');
    expect(problemAt(store.getState(), 'hub')).toEqual(error);
  });

  it('is offered where a link names a repository that is not here', async () => {
    const { store } = bench({ hash: '#model=owner/vit@main' });
    await store.getState().start();
    expect(store.getState().reference).toBe('owner/vit@main');
    expect(problemAt(store.getState(), 'model')?.message).toContain('owner/vit@main');
  });
});
