import { createContext, useCallback, useContext, useEffect, useRef, useState, type RefObject } from 'react';
import { cameraReason } from './camera-reason.js';

/** Time between two pictures while the button is held, in milliseconds. */
const BETWEEN = 150;

export interface Camera {
  readonly state: 'off' | 'asking' | 'on';
  /** Why the camera is off, as a sentence; null where there is no reason to give. */
  readonly problem: string | null;
  readonly video: RefObject<HTMLVideoElement | null>;
  start(): Promise<void>;
  stop(): void;
  /** Takes pictures one after another, at least one, for as long as `more` returns true. Calls `taken` with each. */
  take(more: () => boolean, taken: (picture: File, first: boolean) => Promise<void>): Promise<void>;
}

export const CameraContext = createContext<Camera | null>(null);

export function useCameraOfBoard(): Camera {
  const camera = useContext(CameraContext);
  if (!camera) throw new Error('useCameraOfBoard: no CameraContext above this component');
  return camera;
}

async function frame(video: HTMLVideoElement): Promise<File | null> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0) return null;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  const picture = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 });
  return new File([picture], `camera-${new Date().toISOString().replace(/[:.]/g, '-')}.jpg`, { type: 'image/jpeg' });
}

/** The camera. `start` asks for it; it is released by `stop`, when the component unmounts, and when the page is hidden. */
export function useCamera(): Camera {
  const [state, setState] = useState<Camera['state']>('off');
  const [problem, setProblem] = useState<string | null>(null);
  const video = useRef<HTMLVideoElement>(null);
  const stream = useRef<MediaStream | null>(null);
  const stop = useCallback(() => {
    for (const track of stream.current?.getTracks() ?? []) track.stop();
    stream.current = null;
    if (video.current) video.current.srcObject = null;
    setState('off');
  }, []);
  useEffect(() => stop, [stop]);
  useEffect(() => {
    if (state === 'off') return;
    const onHidden = (): void => {
      if (!document.hidden) return;
      stop();
      setProblem('The camera was switched off because this page was hidden.');
    };
    document.addEventListener('visibilitychange', onHidden);
    return () => document.removeEventListener('visibilitychange', onHidden);
  }, [state, stop]);
  const start = async (): Promise<void> => {
    setState('asking');
    setProblem(null);
    try {
      const wanted = { width: { ideal: 640 }, height: { ideal: 480 }, facingMode: 'environment' };
      const given = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      stream.current = given;
      if (!video.current) return stop();
      video.current.srcObject = given;
      await video.current.play();
      setState('on');
    } catch (thrown) {
      stop();
      setProblem(cameraReason(thrown));
    }
  };
  const take: Camera['take'] = async (more, taken) => {
    for (let first = true; first || more(); first = false) {
      const picture = video.current && (await frame(video.current));
      if (!picture) return;
      await taken(picture, first);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    }
  };
  return { state, problem, video, start, stop, take };
}
