/** Results of another implementation, in the page's folder `golden`: a file for each way to adapt. */
export const GOLDEN_FILES = [
  'plain_lora.safetensors',
  'tome_lora.safetensors',
  'pyra_lora.safetensors',
  'pyra_adapter.safetensors',
  'pyra_distilled.safetensors',
  'full.safetensors',
] as const;
