/** How a picture becomes the square that a network takes. */
import { z } from 'zod';

/** PIL's filters, by its names; all but `nearest` antialias. */
export const RESAMPLINGS = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;
export type Resampling = (typeof RESAMPLINGS)[number];

export const FITS = ['stretch', 'shortest-edge'] as const;

export interface Framing {
  /** Side of the square in pixels that the backbone's files ask for; null where they name none. */
  readonly side: number | null;
  /** `stretch` resizes both sides to the square's side. Otherwise the shorter edge is resized and the rest beyond the square is cut off. */
  readonly fit: (typeof FITS)[number];
  /** The part of the resized picture's shorter edge that the square takes from the middle; 1 takes all of it. */
  readonly share: number;
  readonly resampling: Resampling;
}

/** The framing of the paper's recipe: the whole picture, bicubic, without keeping its proportions. */
export const WHOLE_PICTURE: Framing = { side: null, fit: 'stretch', share: 1, resampling: 'bicubic' };

/** The pixels to which a picture's shorter edge (both edges where it is stretched) is resized for a square of `side`. */
export const resizedEdge = (side: number, { share }: Pick<Framing, 'share'>): number => Math.floor(side / share + 1e-6);

/** A cache key for this framing at that side. The recipe's framing has the side alone as its key. */
export function framingKey(side: number, { fit, share, resampling }: Framing): string {
  const { fit: usual, resampling: cubic } = WHOLE_PICTURE;
  return fit === usual && share === 1 && resampling === cubic
    ? String(side)
    : `${side}-${fit}-${resizedEdge(side, { share })}-${resampling}`;
}

/** The framing as part of a sentence: `resized to 224 x 224 directly (bicubic)`. */
export function framingWords(side: number, { fit, share, resampling }: Framing): string {
  const edge = resizedEdge(side, { share });
  const how = resampling === 'nearest' ? resampling : `antialiased ${resampling}`;
  const resized =
    fit === 'stretch' ? `resized to ${edge} x ${edge} directly (${how})` : `resized to ${edge} on the shorter edge (${how})`;
  return fit === 'stretch' && edge === side ? resized : `${resized}, of which the middle ${side} x ${side} are taken`;
}

export const framingSchema: z.ZodType<Framing> = z.object({
  side: z.number().int().min(1).max(4096).nullable(),
  fit: z.enum(FITS),
  share: z.number().positive().max(1),
  resampling: z.enum(RESAMPLINGS),
});
