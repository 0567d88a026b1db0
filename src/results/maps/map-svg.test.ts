import { expect, it } from 'vitest';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { GONE, type MergeMap } from '../../protocol/maps.js';
import { mapSvg } from './map-svg.js';

it('draws a path for each token, and outlines only between different tokens', () => {
  const empty = new Float32Array();
  const map: MergeMap = {
    weights: 'backbone',
    picture: { part: 'test', index: 0 },
    gridSide: 2,
    imageSize: 2,
    protectedTokens: 1,
    pixels: new Uint8ClampedArray([10, 0, 0, 255, 30, 0, 0, 255, 0, 90, 0, 255, 0, 0, 7, 255]),
    blocks: [
      {
        tokens: 4,
        source: Uint32Array.from([0, 2, 2, 1, 3]),
        size: empty,
        mergedRow: new Uint32Array(),
        keptRow: new Uint32Array(),
        similarity: empty,
        pairModulation: empty,
        channelModulation: empty,
        modulationStrength: empty,
        pairTokens: empty,
        pairKeys: empty,
      },
    ],
    data: null,
    backbone: 'bundled',
    configuration: PAPER_RECIPE,
    truth: null,
    classes: [],
    probabilities: empty,
    milliseconds: 1,
  };
  const svg = mapSvg(map, 1, 'data:image/png;base64,');
  expect(svg.match(/id="token-/g)?.length).toBe(3);
  expect(svg).toContain('id="token-2" d="M0 0h240v240h-240zM240 0h240v240h-240z" fill="rgb(20,0,0)"');
  // Four inner edges, less the one inside the merged token.
  expect(/<path d="(M[^"]*)" fill="none" stroke="#fff"/.exec(svg)?.[1]?.match(/M/g)?.length).toBe(3);
  expect(svg).toContain('<title>After block 1: 4 tokens</title>');
  expect(svg).not.toContain('id="gone"');
  const [first] = map.blocks;
  const dropped = mapSvg({ ...map, blocks: [{ ...first!, source: Uint32Array.from([0, 1, GONE, 2, GONE]) }] }, 1, 'data:,');
  expect(dropped).toContain('<path id="gone" d="M240 0h240v240h-240zM240 240h240v240h-240z"');
});
