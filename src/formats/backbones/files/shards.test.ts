import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../../containers/safetensors/safetensors.js';
import { byteSourceFromBytes } from '../../../containers/sources.js';
import { fill } from '../../fixtures/model.js';
import { openShards } from './shards.js';

describe('openShards', () => {
  const shard = (name: string, tensor: string, t: number, metadata: Record<string, string>) =>
    byteSourceFromBytes(`m/${name}`, writeSafetensors(new Map([[tensor, fill([1], t)]]), metadata));
  const one = shard('one.safetensors', 'a', 1, { format: 'pt' });
  const two = shard('two.safetensors', 'b', 2, {});
  const index = (map: Record<string, string>) =>
    byteSourceFromBytes('m/model.safetensors.index.json', new TextEncoder().encode(JSON.stringify({ weight_map: map })));

  it('reads tensors from the shard that the index names', async () => {
    const store = await openShards(index({ a: 'one.safetensors', b: 'two.safetensors' }), [one, two]);
    expect([...store.tensors.keys()]).toEqual(['a', 'b']);
    expect((await store.read('b')).data[0]).toBe(fill([1], 2).data[0]);
    expect(store.metadata).toEqual({ format: 'pt' });
  });

  it('names a missing shard, a tensor that is not in its shard, and a file that is no index', async () => {
    await expect(openShards(index({ a: '../../etc/passwd' }), [one])).rejects.toMatchObject({ code: 'file.unreadable' });
    const misplaced = openShards(index({ a: 'two.safetensors' }), [two]);
    await expect(misplaced).rejects.toMatchObject({ code: 'weights.missing-tensor', subject: 'a' });
    const none = byteSourceFromBytes('i.json', new TextEncoder().encode('[1]'));
    await expect(openShards(none, [])).rejects.toMatchObject({ code: 'file.damaged' });
  });
});
