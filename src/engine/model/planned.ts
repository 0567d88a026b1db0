import type { Handed, Plan } from '../plan/machine.js';
import type { NetworkState } from './state.js';

/** The properties that a compiled plan has whatever it is used for. */
export class Planned {
  constructor(
    readonly plan: Plan,
    readonly state: NetworkState,
  ) {}

  get batch(): number {
    return this.plan.images;
  }

  get macs(): number {
    return this.plan.macs;
  }

  get bytes(): number {
    return this.plan.bytes;
  }

  get handed(): Handed | undefined {
    return this.plan.handed;
  }

  destroy(): void {
    this.plan.destroy();
  }
}
