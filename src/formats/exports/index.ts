/** Models as files that other tools load. */
export { CHECKPOINT_FORMATS, convertCheckpoint, type CheckpointFormat } from './checkpoint.js';
export { measuredOf, readMeasured, type Measured } from './measured.js';
export { exportModel } from './model.js';
export { readBuiltPage } from './page.js';
export { zipFiles } from './zip.js';
