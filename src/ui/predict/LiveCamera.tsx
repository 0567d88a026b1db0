import { useEffect } from 'react';
import type { LiveGuess } from '../../protocol/predictions.js';
import { imagesPerSecond } from '../../results/predictions/rows.js';
import { shownLive } from '../../store/facts.js';
import { runById } from '../../store/run-lookup.js';
import { methodUnit } from '../../vit/methods/index.js';
import { BusyLine } from '../common/BusyLine.js';
import { percent, perSecond } from '../format.js';
import type { Camera } from '../intake/board/camera.js';
import { ASKING, CameraOff, CameraProblem, CameraVideo } from '../intake/board/camera-parts.js';
import { usePlayground } from '../playground.js';
import { Words } from '../common/Equation.js';
import { spoken } from '../../vit/names/notation.js';

/** While the camera is on, gives its pictures to the run, each after the one before was predicted. */
function useLooks({ state, video, stop }: Camera): void {
  const look = usePlayground((playground) => playground.lookLive);
  const end = usePlayground((playground) => playground.endLive);
  useEffect(() => {
    if (state !== 'on') return;
    let on = true;
    const follow = async (): Promise<void> => {
      while (on) {
        const picture = video.current && (await createImageBitmap(video.current).catch(() => null));
        if (on && picture && !(await look(picture))) return stop();
        await new Promise(requestAnimationFrame);
      }
    };
    void follow();
    return () => {
      on = false;
      end();
    };
  }, [state, video, stop, look, end]);
}

/** The camera's picture, and what the run predicts for it with merging and without. */
export function LiveCamera({ camera }: { camera: Camera }) {
  useLooks(camera);
  const { state, problem } = camera;
  return (
    <section className="live" aria-label="Camera" hidden={state === 'off' && problem === null}>
      <CameraProblem camera={camera} />
      <div className="live-body" hidden={state === 'off'}>
        <div className="stack">
          <CameraVideo camera={camera} />
          <CameraOff camera={camera} />
        </div>
        {state === 'asking' && <p className="small soft">{ASKING}</p>}
        {state === 'on' && <Guesses />}
      </div>
    </section>
  );
}

function Guesses() {
  const live = usePlayground(shownLive);
  const run = usePlayground((state) => runById(state, state.predictRunId));
  if (!live) return <BusyLine fallback="Getting ready for the camera" />;
  const { own, whole } = live.look;
  const method = run ? methodUnit(run.configuration.method).label : '';
  return (
    <div className="live-guesses">
      <Guess
        title={whole ? `With merging: ${method} ${run?.configuration.schedule ?? ''}` : 'As it was trained'}
        guess={own}
        times={live.own}
      />
      {whole && <Guess title="Without merging" guess={whole} times={live.whole} />}
    </div>
  );
}

/** A prediction with its speed. Not announced to screen readers, since it changes several times a second. */
function Guess({ title, guess, times }: { title: string; guess: LiveGuess; times: readonly number[] }) {
  const speed = imagesPerSecond(times);
  return (
    <section className="stack" aria-label={spoken(title)} aria-live="off">
      <h3>
        <Words text={title} />
      </h3>
      <div>
        <p className="big-number">{speed === null ? '–' : perSecond(speed)}</p>
        <p className="soft small">one picture at a time, {guess.tokens} tokens at the end</p>
      </div>
      <ol className="stack small">
        {guess.top.map(({ class: name, confidence }) => (
          <li key={name} className="live-class">
            <span className="whole">{name}</span>
            <span className="confidence-bar" aria-hidden>
              <span style={{ width: `${confidence * 100}%` }} />
            </span>
            <span className="number right">{percent(confidence, 0)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
