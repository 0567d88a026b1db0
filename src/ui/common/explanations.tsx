import type { ReactNode } from 'react';
import { ADAPTERS } from '../../vit/adapters/index.js';
import { methodUnit, type Method } from '../../vit/methods/index.js';
import { Equations } from './Equation.js';
import { Explain } from './Explain.js';

/** An equation set in HTML: variables in italics are written with `<i>` by the caller. */
function Equation({ children }: { children: ReactNode }) {
  return <p className="equation">{children}</p>;
}

export const ExplainMethod = ({ method }: { method: Method }) => {
  const { explanation, equations } = methodUnit(method);
  const [first, ...rest] = explanation;
  return (
    <Explain about="Method">
      <p>{first}</p>
      <Equations lines={equations} />
      {rest.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
    </Explain>
  );
};

export const ExplainPeft = () => (
  <Explain about="What trains">
    <p>
      The backbone is frozen, but for Full, which trains every weight of it. LoRA adds a low-rank product to the query, key and
      value weights; the adapter sits on the MLP’s output:
    </p>
    <Equations lines={ADAPTERS.flatMap(({ equations }) => equations)} />
    <p>The head always trains, and PYRA’s weights where the method has them.</p>
  </Explain>
);

export const ExplainSchedule = () => (
  <Explain about="Schedule">
    <p>
      How many tokens r each block merges. A block can merge at most half of what is not protected (the class token is, and so are
      register tokens). Write none, low, high, a number for all blocks, r@inflection (−1 decreasing, 0 constant, +1 increasing),
      or one number a block.
    </p>
    <Equation>
      N<sub>l+1</sub> = N<sub>l</sub> − r<sub>l</sub>, r<sub>l</sub> ≤ ⌊(N<sub>l</sub> − protected) / 2⌋
    </Equation>
    <p>low and high are the paper’s schedules for ViT-B/16, carried to other depths and token counts by relative depth.</p>
  </Explain>
);

export const ExplainProportional = () => (
  <Explain about="Proportional attention">
    <p>A merged token stands for several patches, so it counts as often in the softmax:</p>
    <Equation>
      softmax(<i>q k</i>
      <sup>T</sup> / √d + log <i>size</i>)
    </Equation>
    <p>Leave it on for supervised backbones; turn it off for backbones pretrained by masked autoencoding, as ToMe advises.</p>
  </Explain>
);

export const ExplainRates = () => (
  <Explain about="Learning rate">
    <p>AdamW with a linear warm-up and a cosine to the minimum:</p>
    <Equation>
      η(<i>t</i>) = η<sub>min</sub> + ½ (η − η<sub>min</sub>) (1 + cos π<i>t</i>)
    </Equation>
    <p>
      The released runs train PYRA’s weights at the common rate; the paper searches theirs over 1e-5 to 3e-3. Both are offered.
    </p>
  </Explain>
);

export const ExplainModulation = () => (
  <Explain about="Modulation">
    <p>
      g_r is one weight in −1 to 1 for each pair that merges, drawn on the patches of the token merged away. The strength is the
      length of the change against the token’s own:
    </p>
    <Equation>
      ‖<i>src</i> ⊙ <i>g</i>
      <sub>D</sub> ⊙ <i>g</i>
      <sub>r</sub>‖ / ‖<i>src</i>‖
    </Equation>
    <p>g_D is one weight in 0 to 2 for each channel, 1 where nothing was learned.</p>
  </Explain>
);

export const ExplainFigure = () => (
  <Explain about="Accuracy against compression">
    <p>
      Each point is a configuration: the mean over its seeds, with an error bar that the line under the figure explains. Lines
      join a method’s points; the dotted line is the Pareto front: no run is both cheaper and better. A hollow point is a run that
      is not finished.
    </p>
    <p>
      Adverse compression: a compressed model that costs at least as much as a smaller uncompressed one and is less accurate. The
      region is shaded once there is such a smaller run: a smaller backbone, or the same one at a smaller image size, without
      merging.
    </p>
  </Explain>
);
