import { expect, it } from 'vitest';
import { fakeRun } from '../../testing/page/fake-api.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { MACHINE_KINDS, NUMERICS } from '../../protocol/runs/run.js';
import { requireSameData, requireSameNumerics } from './setup.js';

const dataFingerprint = { train: '1', validation: '2', test: '3' };
const run = { ...fakeRun('pets', { ...PAPER_RECIPE, data: 'pets' }, 'stopped', 1), dataFingerprint };

it('lets a run continue with the pictures that it began with', () => {
  expect(() => requireSameData(run, { ...run, id: 'other' })).not.toThrow();
});

it.each(['train', 'validation', 'test'] as const)(
  'refuses data whose %s part has other pictures, with the data’s name',
  (part) => {
    const now = { ...run, dataFingerprint: { ...dataFingerprint, [part]: '9' } };
    expect(() => requireSameData(run, now)).toThrow(/^pets: was begun on other pictures: .*, 'pets',/);
  },
);

it('refuses other counts and other classes, naming both', () => {
  const fewer = { ...run, pictures: { ...run.pictures, train: 7 } };
  expect(() => requireSameData(run, fewer)).toThrow('was trained on 800 + 200 + 1000 pictures of 2 classes');
  expect(() => requireSameData(run, { ...run, classes: ['b', 'a'] })).toThrow('in use has 800 + 200 + 1000 of 2');
});

it('compares only the counts if the record has no fingerprint', () => {
  expect(() => requireSameData({ ...run, dataFingerprint: null }, run)).not.toThrow();
});

it('continues only a run whose sums were taken in the same order', () => {
  for (const kind of MACHINE_KINDS) {
    const own = { ...run, adapter: { ...run.adapter, kind }, numerics: NUMERICS[kind] };
    expect(() => requireSameNumerics(own)).not.toThrow();
    expect(() => requireSameNumerics({ ...own, numerics: NUMERICS[kind] + 1 })).toThrow(
      `pets: was computed with numerics ${NUMERICS[kind] + 1}, and this version computes with ${NUMERICS[kind]} on such a machine`,
    );
  }
});

it('does not continue a run that recomputed on a processor when its groups were others', () => {
  const adapter = { ...run.adapter, kind: 'cpu' as const };
  const recomputed = { ...run, adapter, configuration: { ...run.configuration, recompute: true } };
  expect(() => requireSameNumerics({ ...recomputed, numerics: NUMERICS.cpu })).toThrow('was computed with numerics');
  expect(() => requireSameNumerics({ ...recomputed, numerics: NUMERICS.cpu + 1 })).not.toThrow();
});

it('continues a run of a processor if only graphics cards changed their sums', () => {
  const adapter = { ...run.adapter, kind: 'cpu' as const };
  expect(() => requireSameNumerics({ ...run, adapter, numerics: 2 })).not.toThrow();
  expect(() => requireSameNumerics({ ...run, numerics: 2 })).toThrow(
    `with numerics 2, and this version computes with ${NUMERICS[run.adapter.kind]} on such`,
  );
});

it('takes a record without `numerics` for version 1, which is not continued', () => {
  const { numerics: _numerics, ...older } = run;
  expect(() => requireSameNumerics(older)).toThrow(
    `pets: was computed with numerics 1, and this version computes with ${NUMERICS[run.adapter.kind]} on such a machine: it can be opened, evaluated and exported`,
  );
});
