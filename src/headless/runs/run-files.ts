/** What a run's folder holds. */
export const RUN_FILE = 'run.json';
export const WEIGHTS_FILE = 'adapted.safetensors';
/** Exists until the run is finished. */
export const CHECKPOINT_FILE = 'checkpoint.safetensors';
/** Where the backbone and the data were on this machine. No export contains it. */
export const LOCAL_FILE = 'local.json';

/** Exists while a process trains into the folder. */
export const HELD_FILE = 'training.json';

/** Files that must not be overwritten by accident. */
export const RESULTS = [RUN_FILE, WEIGHTS_FILE, CHECKPOINT_FILE] as const;
