import type { BackboneAnswers, Configuration } from '../../vit/configuration.js';
import type { KeptModels, ModelSummary } from '../../protocol/api.js';
import type { ErrorRecord } from '../../vit/errors.js';
import type { Evidence } from '../evidence.js';

export interface ModelsSlice {
  /** The backbone in use, with the choice that it was opened for; read by `modelInUse`. */
  readonly model: Evidence<ModelSummary> | null;
  /** Backbones of this and earlier visits, which can be used without being given again. */
  readonly keptModels: KeptModels;
  /** A backbone that waits for a person to say how many heads it has. */
  readonly askedModel: string | null;
  loadKeptModels(): Promise<void>;
  receiveKeptModels(kept: KeptModels): void;
  /** Loads the configuration's backbone, understood as it says; resolves to false where it cannot be used. */
  ensureModel(configuration: Configuration): Promise<boolean>;
  /** Uses a backbone that the worker has opened already, with the size of pictures that it was made for. */
  takeModel(model: ModelSummary): void;
  /** Keeps the question about its heads until it is answered. */
  askHeads(model: string, question: ErrorRecord): void;
  chooseModel(name: string): Promise<void>;
  /** Overrules what was understood of the backbone in use, or answers for the one that waits. */
  answerModel(answers: Partial<BackboneAnswers>): Promise<void>;
  deleteModel(name: string): Promise<void>;
}
