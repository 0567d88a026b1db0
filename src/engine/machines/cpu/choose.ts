import { PlaygroundError } from '../../../vit/errors.js';
import { Instance, type Build } from './module.js';

/** Rows, columns and depth of the product that is timed: about two milliseconds. */
const SHAPE = [128, 384, 384] as const;
/** The shortest time of a trial in milliseconds: the clock of some browsers ticks once a millisecond. */
const TRIAL_MILLISECONDS = 5;
/** Trials of each build, taken in turns: the first ones may run before the host has optimised the kernels. */
const ROUNDS = 4;
/** Rounds before `cpu-relaxed` is taken to be slower, since a busy host can make it seem so. */
const MOST_ROUNDS = 24;
/** How much faster `cpu-simd` must be to be chosen, so that noise does not decide between builds of about the same speed. */
const MARGIN = 1.3;

/** The builds that a host can run, compiled. */
export interface Builds {
  readonly 'cpu-simd': WebAssembly.Module;
  /** Left out where the host has no relaxed SIMD. */
  readonly 'cpu-relaxed'?: WebAssembly.Module | undefined;
}

export interface Choice {
  readonly build: Build;
  readonly module: WebAssembly.Module;
  /** Speed of a matrix product on one thread, in 10^9 operations a second. */
  readonly gflops: number;
}

/**
 * Chooses `cpu-relaxed` where the host has it, unless `cpu-simd` stays clearly faster in measurements of some milliseconds, since some
 * engines run relaxed SIMD slowly. Each build rounds its sums differently, so a host has to choose the same one every time.
 * @param only takes this build whatever its speed. Throws `gpu.unavailable` where the host does not have it.
 */
export function chooseBuild(builds: Builds, only?: Build): Choice {
  if (only && !builds[only]) {
    throw new PlaygroundError(
      'gpu.unavailable',
      `${only}: WebAssembly has no relaxed SIMD here; use cpu-simd, which does not need it`,
    );
  }
  const relaxedModule = only === 'cpu-simd' ? undefined : builds['cpu-relaxed'];
  const relaxed = relaxedModule && new Trial('cpu-relaxed', relaxedModule);
  const simd = relaxed && only === 'cpu-relaxed' ? undefined : new Trial('cpu-simd', builds['cpu-simd']);
  const trials = [relaxed, simd].filter((trial) => trial !== undefined);
  let chosen = preferred(relaxed, simd);
  for (let round = 0; round < ROUNDS || (relaxed && chosen !== relaxed && round < MOST_ROUNDS); round++) {
    for (const trial of trials) trial.run();
    chosen = preferred(relaxed, simd);
  }
  return chosen;
}

function preferred(relaxed: Trial | undefined, simd: Trial | undefined): Trial {
  const [first, second] = relaxed ? [relaxed, simd] : [simd, undefined];
  if (!first) throw new Error('no build of the kernels is given');
  return second && second.gflops > first.gflops * MARGIN ? second : first;
}

/** Times products of zeros on one build. */
class Trial implements Choice {
  /** Speed in the best trial so far. */
  gflops = 0;
  readonly #product: () => void;
  #products = 1;

  constructor(
    readonly build: Build,
    readonly module: WebAssembly.Module,
  ) {
    const instance = new Instance(module);
    const { kernels } = instance;
    const [rows, columns, depth] = SHAPE;
    const [a = 0, panels = 0, out = 0] = [rows * depth, columns * depth, rows * columns].map((length) =>
      instance.allocate(4 * length),
    );
    const [step, scratch] = [instance.allocate(64), instance.allocate(kernels.linearScratch(depth))];
    this.#product = () => {
      kernels.linear(a, panels, 0, 0, 0, 0, 0, out, rows, columns, depth, 0, 0, step, 1, 0, 0, 0, 0, scratch);
    };
  }

  run(): void {
    const [rows, columns, depth] = SHAPE;
    for (;;) {
      const began = performance.now();
      for (let index = 0; index < this.#products; index++) this.#product();
      const milliseconds = performance.now() - began;
      if (milliseconds >= TRIAL_MILLISECONDS) {
        this.gflops = Math.max(this.gflops, (2 * rows * columns * depth * this.#products) / milliseconds / 1e6);
        return;
      }
      this.#products *= 2;
    }
  }
}
