import { expect, it } from 'vitest';
import { VTAB_TASKS, vtabMeans, vtabTask } from './vtab.js';

it('has 19 tasks: 7 natural, 4 specialised, 8 structured', () => {
  const count = (group: string): number => VTAB_TASKS.filter((task) => task.group === group).length;
  expect([count('natural'), count('specialised'), count('structured')]).toEqual([7, 4, 8]);
  expect(new Set(VTAB_TASKS.map(({ name }) => name)).size).toBe(19);
});

it('knows a folder by both of its names, in any spelling', () => {
  expect(vtabTask('cifar')?.name).toBe('cifar100');
  expect(vtabTask('oxford_iiit_pet')?.name).toBe('oxford_pet');
  expect(vtabTask('dSprites-Loc')?.name).toBe('dsprites_loc');
  expect(vtabTask('flowers')).toBeUndefined();
});

it("the mean is that of the groups' means, and exists only if every task does", () => {
  const accuracies = new Map(
    VTAB_TASKS.map(({ name, group }) => [name, { natural: 0.9, specialised: 0.6, structured: 0.3 }[group]]),
  );
  const { groups, mean } = vtabMeans(accuracies);
  expect(groups.natural).toBeCloseTo(0.9, 12);
  expect(mean).toBeCloseTo(0.6, 12);
  accuracies.set('kitti', 1.1);
  expect(vtabMeans(accuracies).groups.structured).toBeCloseTo(0.4, 12);
  accuracies.delete('svhn');
  expect(vtabMeans(accuracies)).toMatchObject({ mean: null });
  expect(vtabMeans(new Map([['kitti', 0.5]])).groups).toEqual({ natural: null, specialised: null, structured: 0.5 });
});
