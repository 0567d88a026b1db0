/** Trains every weight of the backbone, with norms, positions, class token and patch embedding, and adds no weights of its own. */
export const full = {
  label: 'Full',
  line: 'Every weight of the backbone: what pretraining does, and the dearest in memory and time.',
  tag: 'full',
  trains: [],
  trainsBackbone: true,
} as const;
