import type { BackboneAnswers, Configuration } from '../../vit/configuration.js';
import type { KeptModels, ModelSummary } from '../../protocol/api.js';
import type { ErrorRecord } from '../../vit/errors.js';
import type { Evidence } from '../evidence.js';

export interface ModelsSlice {
  /** Of a choice of backbone; read by `modelInUse`. */
  readonly model: Evidence<ModelSummary> | null;
  /** Backbones of this and earlier visits, which can be chosen without being given again. */
  readonly keptModels: KeptModels;
  /** The backbone that can be used once a person says how many heads it has. */
  readonly askedModel: string | null;
  loadKeptModels(): Promise<void>;
  receiveKeptModels(kept: KeptModels): void;
  /** Loads the configuration's backbone, understood as the configuration says; resolves false where it cannot be used. */
  ensureModel(configuration: Configuration): Promise<boolean>;
  /** Takes a backbone that the worker has in use already, with the size of pictures that it was made for. */
  takeModel(model: ModelSummary): void;
  /** Keeps the question until it is answered. */
  askHeads(model: string, question: ErrorRecord): void;
  chooseModel(name: string): Promise<void>;
  /** Overrules what was understood of the backbone in use, or answers for the one that asks. */
  answerModel(answers: Partial<BackboneAnswers>): Promise<void>;
  deleteModel(name: string): Promise<void>;
}
