import sharp from 'sharp';

/**
 * JPEGs of evenly spaced sizes from one megapixel to the largest, with proportions of 3 to 2 or 2 to 3. They are about as hard to decode
 * as photographs: noise at two scales, with a quarter of a byte for each pixel.
 */
export async function photographs(count: number, mostMegapixels: number): Promise<Uint8Array<ArrayBuffer>[]> {
  const made: Uint8Array<ArrayBuffer>[] = [];
  for (let index = 0; index < count; index++) {
    const pixels = 1e6 * (1 + ((mostMegapixels - 1) * index) / Math.max(1, count - 1));
    const long = Math.round(Math.sqrt(pixels * 1.5));
    const short = Math.round(pixels / long);
    const [width, height] = index % 2 === 0 ? [long, short] : [short, long];
    const noise = (scale: number, sigma: number): Promise<Buffer> =>
      sharp({
        create: {
          width: Math.ceil(width / scale),
          height: Math.ceil(height / scale),
          channels: 3,
          background: { r: 60 + ((index * 47) % 140), g: 60 + ((index * 29) % 140), b: 60 + ((index * 83) % 140) },
          noise: { type: 'gaussian', mean: 110 + (index % 5) * 10, sigma },
        },
      })
        .resize(width, height, { fit: 'fill', kernel: 'cubic' })
        .png({ compressionLevel: 0 })
        .toBuffer();
    const bytes = await sharp(await noise(60, 60))
      .composite([{ input: await noise(3, 60), blend: 'soft-light' }])
      .jpeg({ quality: 85 })
      .toBuffer();
    made.push(Uint8Array.from(bytes));
  }
  return made;
}

/** The same picture in a different file: a comment segment is inserted after the JPEG's first marker. */
export function withComment(jpeg: Uint8Array<ArrayBuffer>, comment: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(comment);
  const length = text.length + 2;
  const segment = [0xff, 0xfe, length >> 8, length & 0xff, ...text];
  const result = new Uint8Array(jpeg.length + segment.length);
  result.set(jpeg.subarray(0, 2));
  result.set(segment, 2);
  result.set(jpeg.subarray(2), 2 + segment.length);
  return result;
}
