/** What a run's folder holds. */
export const RUN_FILE = 'run.json';
export const WEIGHTS_FILE = 'adapted.safetensors';
/** There while a run is not finished. */
export const CHECKPOINT_FILE = 'checkpoint.safetensors';
/** Where the backbone and the data were on this machine; nothing exports it. */
export const LOCAL_FILE = 'local.json';

/** Those that nobody wants to lose. */
export const RESULTS = [RUN_FILE, WEIGHTS_FILE, CHECKPOINT_FILE] as const;
