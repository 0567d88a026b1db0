/** A way to adapt that adds nothing: every weight of the backbone trains, norms, positions, class token and patches included. */
export const full = {
  label: 'Full',
  line: 'Every weight of the backbone: what pretraining does, and the dearest in memory and time.',
  tag: 'full',
  trains: [],
  trainsBackbone: true,
} as const;
