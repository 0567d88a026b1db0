import { describe, expect, it } from 'vitest';
import {
  PickleArray,
  PickleDict,
  PickleStorage,
  PickleTensor,
  PickleTuple,
  type PickleValue,
} from '../../../containers/pickle/values.js';
import { stateDict } from './state-dict.js';

const dict = (entries: Readonly<Record<string, PickleValue>>): PickleDict =>
  Object.entries(entries).reduce((made, [name, value]) => {
    made.entries.set(name, value);
    return made;
  }, new PickleDict());
const tensor = (): PickleTensor => new PickleTensor(new PickleStorage('F32', '0', 1), 0, [1], [1]);
/** A state dict that is told from others by one name. */
const model = (mark = 'right'): PickleDict => dict({ cls_token: tensor(), 'norm.bias': tensor(), [mark]: tensor() });

describe('the model in a checkpoint', () => {
  it.each<[string, PickleValue]>([
    ['at the top', model()],
    ['under a usual name, before what lies beside it', dict({ state_dict: model(), other: model('wrong') })],
    ['under a usual name in another spelling', dict({ modelStateDict: model(), epoch: 3 })],
    ['in a wrapper inside a wrapper', dict({ model: dict({ state_dict: model() }) })],
    ['smoothed, before the one that was trained', dict({ model: model('wrong'), model_ema: model() })],
    ['smoothed, as MSN names it', dict({ encoder: model('wrong'), target_encoder: model() })],
    ['smoothed and wrapped once more', dict({ model: model('wrong'), ema: dict({ module: model() }) })],
    [
      'under any name, where nothing else is a model',
      dict({ best_weights_so_far: model(), optimizer: dict({ state: model('wrong') }) }),
    ],
    ['deeper under any name', dict({ checkpoint: dict({ vit: model() }) })],
    [
      'far below, as VISSL keeps it',
      dict({ classy_state_dict: dict({ base_model: dict({ model: dict({ trunk: model() }) }) }) }),
    ],
    ['in a tuple', new PickleTuple([3, model()])],
    ['beside another network that is no transformer', dict({ vit: model(), projector: dict({ 'fc.weight': tensor() }) })],
  ])('is found %s', (_, root) => {
    expect([...stateDict('m.pth', root).keys()]).toContain('right');
  });

  it('is asked for where two could be meant, and where there is none', () => {
    expect(() => stateDict('m.pth', dict({ a: model(), b: model() }))).toThrow("several dicts of tensors ('a', 'b')");
    expect(() => stateDict('m.pth', dict({ optimizer: dict({ state: model() }), epoch: 3 }))).toThrow('no dict of named tensors');
    expect(() => stateDict('m.pth', dict({ model: dict({ cls_token: new PickleArray() }) }))).toThrow("numpy's arrays");
    expect(() => stateDict('m.pth', new PickleTuple([tensor(), tensor()]))).toThrow('tensors without names');
  });
});
