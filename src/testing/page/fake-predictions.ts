import type { Answer } from '../../protocol/answer.js';
import type { LiveLook, PredictionJob, PredictionPortion } from '../../protocol/predictions.js';
import type { PictureReference } from '../../protocol/maps.js';
import type { Computed } from '../../protocol/provenance.js';

const ok = <T>(value: T): Answer<T> => ({ ok: true, value });

/** Records the calls of a worker, and delays answers until the test releases them. */
class FakeCalls {
  readonly calls: string[] = [];
  /** Calls whose answers are held back, by the line that they record. */
  readonly waiting = new Map<string, (() => void)[]>();

  /** Holds back the answers to a call until {@link release}. */
  holdBack(call: string): void {
    this.waiting.set(call, []);
  }

  release(call: string): void {
    const held = this.waiting.get(call) ?? [];
    this.waiting.delete(call);
    for (const go of held) go();
  }

  /** Waits while the test holds this call back. */
  async delayed(call: string): Promise<void> {
    const held = this.waiting.get(call);
    if (held) await new Promise<void>((resolve) => held.push(resolve));
  }
}

/** The part of a worker that predicts pictures. */
export class FakePredictions extends FakeCalls {
  /** The pictures of a folder, the last of which cannot be read; the page asks for two at a time. */
  pictures = ['a.png', 'b.png', 'c.png', 'broken.png'];
  #labelled = 0;
  #jobs = 0;
  async beginPredicting(runId: string, files: readonly unknown[]): Promise<Answer<Computed<PredictionJob>>> {
    this.calls.push(`beginPredicting ${runId} ${files.length}`);
    await this.delayed('beginPredicting');
    if (this.pictures.length === 0) {
      return { ok: false, error: { code: 'data.empty', message: 'given files: holds no picture' } };
    }
    this.#labelled = 0;
    const skipped = [{ name: 'notes.txt', reason: 'is no picture' }];
    return ok({ of: { run: runId }, value: { id: ++this.#jobs, pictures: this.pictures.length, skipped } });
  }
  async morePredictions(): Promise<Answer<PredictionPortion>> {
    await this.delayed('morePredictions');
    const from = this.#labelled;
    const some = this.pictures.slice(from, (this.#labelled += 2)).map((picture, at) => ({ picture, index: from + at }));
    const readable = some.filter(({ picture }) => picture !== 'broken.png');
    return ok({
      rows: readable.map((row) => ({ ...row, class: 'a', confidence: 0.75, milliseconds: 2 })),
      skipped: some.length > readable.length ? [{ name: 'broken.png', reason: 'breaks off' }] : [],
      ended: some.length === 0,
    });
  }
  async stopPredicting() {
    this.calls.push('stopPredicting');
    return ok(null);
  }
  async predictedThumbnail(_job: number, index: number, side: number) {
    this.calls.push(`predictedThumbnail ${index}`);
    return ok({ side, pixels: new Uint8ClampedArray(side * side * 4) });
  }
  async addPredictedPicture(_job: number, index: number): Promise<Answer<PictureReference>> {
    this.calls.push(`addPredictedPicture ${index}`);
    return ok({ part: 'own', index: 4 });
  }
  async lookLive(runId: string): Promise<Answer<Computed<LiveLook>>> {
    const guess = { top: [{ class: 'a', confidence: 0.9 }], milliseconds: 5, tokens: 10 };
    return ok({ of: { run: runId }, value: { own: guess, whole: { ...guess, milliseconds: 10, tokens: 145 } } });
  }
  async endLive() {
    this.calls.push('endLive');
    return ok(null);
  }
}
