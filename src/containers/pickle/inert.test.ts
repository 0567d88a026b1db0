import { describe, expect, it } from 'vitest';
import { readPickle } from './pickle.js';
import { PickleDict, type PickleValue } from './values.js';

/**
 * What numpy 2.4, torch 2.15 and Python 3.11 write with protocol 2, which torch.save takes, for
 * {'best': np.float64(0.5), 'epoch': np.int64(7), 'history': np.zeros(2), 'objects': np.array([{'a': 1}], dtype=object),
 *  'out': PurePosixPath('/x/y'), 'when': timedelta(seconds=3), 'meters': defaultdict(list, {'a': [1]}), 'last': deque([1, 2], maxlen=5),
 *  'cfg': SimpleNamespace(a=1), 'c': 1+2j, 'r': range(3), 'rng': RandomState(0).get_state()[:1], 'version': TorchVersion('2.15.0')}.
 */
const BESIDE_A_MODEL = [
  'gAJ9cQAoWAQAAABiZXN0cQFjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpzY2FsYXIKcQJjbnVtcHkKZHR5cGUKcQNYAgAAAGY4cQSJiIdxBVJxBihLA1gBAA',
  'AAPHEHTk5OSv////9K/////0sAdHEIYmNfY29kZWNzCmVuY29kZQpxCVgJAAAAAAAAAAAAw6A/cQpYBgAAAGxhdGluMXELhnEMUnENhnEOUnEPWAUAAABl',
  'cG9jaHEQaAJoA1gCAAAAaThxEYmIh3ESUnETKEsDaAdOTk5K/////0r/////SwB0cRRiaAlYCAAAAAcAAAAAAAAAcRVoC4ZxFlJxF4ZxGFJxGVgHAAAAaG',
  'lzdG9yeXEaY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEbY251bXB5Cm5kYXJyYXkKcRxLAIVxHWgJWAEAAABicR5oC4ZxH1JxIIdx',
  'IVJxIihLAUsChXEjaAaJaAlYEAAAAAAAAAAAAAAAAAAAAAAAAABxJGgLhnElUnEmdHEnYlgHAAAAb2JqZWN0c3EoaBtoHEsAhXEpaCCHcSpScSsoSwFLAY',
  'VxLGgDWAIAAABPOHEtiYiHcS5ScS8oSwNYAQAAAHxxME5OTkr/////Sv////9LP3RxMWKJXXEyfXEzWAEAAABhcTRLAXNhdHE1YlgDAAAAb3V0cTZjcGF0',
  'aGxpYgpQdXJlUG9zaXhQYXRoCnE3WAEAAAAvcThYAQAAAHhxOVgBAAAAeXE6h3E7UnE8WAQAAAB3aGVucT1jZGF0ZXRpbWUKdGltZWRlbHRhCnE+SwBLA0',
  'sAh3E/UnFAWAYAAABtZXRlcnNxQWNjb2xsZWN0aW9ucwpkZWZhdWx0ZGljdApxQmNfX2J1aWx0aW5fXwpsaXN0CnFDhXFEUnFFaDRdcUZLAWFzWAQAAABs',
  'YXN0cUdjY29sbGVjdGlvbnMKZGVxdWUKcUgpSwWGcUlScUooSwFLAmVYAwAAAGNmZ3FLY3R5cGVzClNpbXBsZU5hbWVzcGFjZQpxTClScU19cU5oNEsBc2',
  'JYAQAAAGNxT2NfX2J1aWx0aW5fXwpjb21wbGV4CnFQRz/wAAAAAAAAR0AAAAAAAAAAhnFRUnFSWAEAAABycVNjX19idWlsdGluX18KeHJhbmdlCnFUSwBL',
  'A0sBh3FVUnFWWAMAAABybmdxV1gHAAAATVQxOTkzN3FYhXFZWAcAAAB2ZXJzaW9ucVpjdG9yY2gudG9yY2hfdmVyc2lvbgpUb3JjaFZlcnNpb24KcVtYBg',
  'AAADIuMTUuMHFchXFdgXFedS4=',
].join('');

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const read = (text: string): PickleValue => readPickle(bytesOf(text), 'p: its pickle').value;

describe('values that training scripts keep beside a model', () => {
  it('are read over: numbers of numpy keep their value, dicts, lists and namespaces their content', () => {
    const value = read(atob(BESIDE_A_MODEL));
    if (!(value instanceof PickleDict)) throw new Error('expected a dict');
    expect(value.entries.get('best')).toBe(0.5);
    expect(value.entries.get('epoch')).toBe(7);
    expect(value.entries.get('last')).toEqual([1, 2]);
    expect(value.entries.get('meters')).toMatchObject({ entries: new Map([['a', [1]]]) });
    expect(value.entries.get('cfg')).toMatchObject({ entries: new Map([['a', 1]]) });
    expect([...value.entries.keys()].slice(-5)).toEqual(['cfg', 'c', 'r', 'rng', 'version']);
  });

  it.each([
    [
      'a subclass of dict of a configuration library',
      'cyacs.config\nCfgNode\n)\x81X\x01\0\0\0aK\x01s}b.',
      { entries: new Map([['a', 1]]) },
    ],
    ['an optimiser, whatever its state', 'ctorch.optim.adam\nAdam\n)\x81}X\x01\0\0\0aK\x01sb.', { what: 'Adam' }],
    [
      'an object of OmegaConf that is filled as a dict is',
      'comegaconf.dictconfig\nDictConfig\n)RX\x01\0\0\0aK\x01s.',
      { what: 'DictConfig' },
    ],
  ])('so is %s', (_, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it.each([
    [
      'a class of the script itself',
      'cmyproject.config\nConfig\n)R.',
      /'myproject.config.Config'.*save its state_dict\(\) alone/,
    ],
    ['a function of a known library’s module', 'cpathlib\nos\n.', /'pathlib.os'/],
    ['builtins.exec beside builtins.list', 'cbuiltins\nexec\n.', /'builtins.exec'/],
    ['a quantised tensor', 'ctorch._utils\n_rebuild_qtensor\n.', /quantised tensors; save the model as it was/],
    ['a sparse tensor', 'ctorch._utils\n_rebuild_sparse_tensor\n.', /sparse tensors.*to_dense/],
    ['a complex storage', 'ctorch\nComplexFloatStorage\n.', /complex numbers/],
  ])('but not %s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
