export interface Photograph {
  /** In the page's folder `pictures`. */
  readonly file: string;
  readonly name: string;
  readonly credit: string;
}

/** Photographs that come with the page: in them it is seen at once what merges, before there are pictures of one's own. */
export const PHOTOGRAPHS: readonly Photograph[] = [
  { file: 'cat.jpg', name: 'Cat', credit: 'Stefan van der Walt, CC0' },
  { file: 'coffee.jpg', name: 'Coffee', credit: 'Rachel Michetti, CC0' },
  { file: 'rocket.jpg', name: 'Rocket', credit: 'SpaceX, public domain' },
];
