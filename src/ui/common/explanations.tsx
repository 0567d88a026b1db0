import type { ReactNode } from 'react';
import { ADAPTERS } from '../../vit/adapters/index.js';
import { methodUnit, type Method } from '../../vit/methods/index.js';
import { Equations, Notation } from './Equation.js';
import { Explain } from './Explain.js';

/** An equation in HTML. The caller marks variables with `<i>`. */
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
      The backbone is frozen, except with Full, which trains all of its weights. LoRA adds a low-rank product to the query, key
      and value weights; the adapter follows the MLP:
    </p>
    <Equations lines={ADAPTERS.flatMap(({ equations }) => equations)} />
    <p>The head always trains, and so do PYRA’s weights if the method has them.</p>
  </Explain>
);

export const ExplainSchedule = () => (
  <Explain about="Schedule">
    <p>
      How many tokens r each block merges: at most half of those that are not protected (the class token and register tokens are
      protected). Write none, low, high, one number for all blocks, r@inflection (−1 decreasing, 0 constant, +1 increasing), or a
      number for each block.
    </p>
    <Equation>
      N<sub>l+1</sub> = N<sub>l</sub> − r<sub>l</sub>, r<sub>l</sub> ≤ ⌊(N<sub>l</sub> − protected) / 2⌋
    </Equation>
    <p>low and high are the paper’s schedules for ViT-B/16, scaled to other depths and token counts.</p>
  </Explain>
);

export const ExplainProportional = () => (
  <Explain about="Proportional attention">
    <p>A merged token stands for several patches, so the softmax counts it that many times:</p>
    <Equation>
      softmax(<i>q k</i>
      <sup>T</sup> / √d + log <i>size</i>)
    </Equation>
    <p>As ToMe advises: on for supervised backbones, off for backbones pretrained by masked autoencoding (MAE).</p>
  </Explain>
);

export const ExplainRates = () => (
  <Explain about="Learning rate">
    <p>AdamW with a linear warm-up, then a cosine down to the minimum:</p>
    <Equation>
      η(<i>t</i>) = η<sub>min</sub> + ½ (η − η<sub>min</sub>) (1 + cos π<i>t</i>)
    </Equation>
    <p>
      The released code trains PYRA’s weights at the common rate; the paper searches a rate of their own from 1e-5 to 3e-3. Both
      are offered.
    </p>
  </Explain>
);

export const ExplainModulation = () => (
  <Explain about="Modulation">
    <p>
      <Notation text="g_r" /> is one weight from −1 to 1 for each pair that merges; the map can show it on the patches of the
      token that is merged away. The strength is the length of the change relative to the token’s length:
    </p>
    <Equation>
      ‖<i>src</i> ⊙ <i>g</i>
      <sub>D</sub> ⊙ <i>g</i>
      <sub>r</sub>‖ / ‖<i>src</i>‖
    </Equation>
    <p>
      <Notation text="g_D" /> is one weight from 0 to 2 for each channel; 1 is neutral.
    </p>
  </Explain>
);

export const ExplainFigure = () => (
  <Explain about="Accuracy against compression">
    <p>
      Each point is a configuration: the mean over its seeds, with an error bar that the line under the figure explains. Lines
      join a method’s points. The dotted line is the Pareto front: no run is both cheaper and more accurate than its points. A
      hollow point is an unfinished run.
    </p>
    <p>
      Adverse compression: a compressed model is less accurate than a smaller uncompressed model that costs no more. The region is
      shaded once such a smaller model has run without merging: a smaller backbone, or the same one at a smaller image size.
    </p>
  </Explain>
);
