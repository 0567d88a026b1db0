import { Back } from './Back.js';

/** What a newcomer asks first, and where on the page the answer stands. */
const ANSWERS = [
  {
    question: 'What merges into what here?',
    answer:
      'Point at a region of the map: “One merge” beside it shows the token that merges away (src), the one that takes it up (dst), how similar they are, and which patches the merged token stands for.',
  },
  {
    question: 'What does PYRA change?',
    answer:
      'The step PYRA of the same diagram: src before and after, the two weights that change it, and by how much. “Change by PYRA” under the map shows it for all pairs of a block.',
  },
  {
    question: 'How much faster is high?',
    answer:
      'Choose high: beside the heading Schedule stands what a forward costs and how much less that is. Benchmark measures images per second on this machine, with merging and without.',
  },
  {
    question: 'Is PYRA better than ToMe here, and how sure is that?',
    answer:
      '“PYRA minus ToMe” under the figure: the difference in points on the same pictures, its 95 % interval, and a sentence that says whether either is shown to be better. “Compare PYRA with ToMe” trains both on your pictures.',
  },
  {
    question: 'What does it say of other pictures?',
    answer:
      'Drop a folder of them on a run in the table Runs, or press Predict under it: a table with the class, the confidence and the time of each, and the camera live, with merging and without.',
  },
  {
    question: 'How do I take the weights away?',
    answer:
      'Press a run in the table Runs, then Export: weights for PyTorch, timm, transformers and ONNX, a page that classifies by itself, or everything as one zip.',
  },
];

function Answers() {
  return (
    <dl>
      {ANSWERS.map(({ question, answer }) => (
        <div key={question}>
          <dt className="strong">{question}</dt>
          <dd>{answer}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What this is, how to read it, and which keys there are. */
export function HelpScreen() {
  return (
    <main className="screen" tabIndex={0}>
      <div className="screen-body prose">
        <Back />
        <h2>Help</h2>
        <p>
          PYRA Playground adapts a vision transformer to pictures on this machine, on its graphics card or its processors, and
          shows what merging tokens does to a picture and costs in accuracy. Nothing leaves this machine: the page’s security
          policy forbids every connection but to its own origin, and it works without a network after the first visit.
        </p>
        <h3>In a minute</h3>
        <ul>
          <li>Move the scrubber under the picture: neighbouring regions flow together, and the tokens fall.</li>
          <li>Press Adapt: the drawn task trains, the curves move, and the map follows what is learned.</li>
          <li>
            Choose another method or schedule and press Adapt again, or put several into a sweep: each run becomes a point on the
            right.
          </li>
          <li>Drop a folder of your own pictures, one folder for each class, and do it again.</li>
        </ul>
        <h3>Where the answers stand</h3>
        <Answers />
        <h3>Reading the map</h3>
        <p>
          Each outlined region is one token, filled with the mean colour of its patches; patches that have not merged show the
          picture itself. A region need not be in one piece: point at it and all its patches are lit. “g_r of each pair” and
          “Change by PYRA” draw what PYRA does to the tokens that are about to merge in that block.
        </p>
        <h3>Keys</h3>
        <ul>
          <li>On the block slider: arrows move by a block, Home and End to the ends.</li>
          <li>On a map: arrows point at the next patch, Escape lets go.</li>
          <li>On a schedule bar: up and down change what the block merges, Page up and down by four.</li>
          <li>In the confusion matrix: arrows move, Enter opens the pictures.</li>
        </ul>
        <h3>What it reads</h3>
        <ul>
          <li>
            Pictures: a folder for each class, train, val and test folders, VTAB-1k lists, a zip of these, CSV, CIFAR batches,
            parquet.
          </li>
          <li>Weights: safetensors (timm, Hugging Face, DeiT), AugReg and big_vision .npz, .pth, PYRA’s own checkpoints.</li>
          <li>Runs: a run.json, or adapted weights saved here.</li>
        </ul>
        <h3>Links</h3>
        <p>The address holds the whole configuration, so a link is an experiment. It never holds data.</p>
        <h3>Source</h3>
        <p>
          The method: Xiong et al., PYRA: Parallel Yielding Re-Activation for Training-Inference Efficient Task Adaptation, ECCV
          2024 (arXiv 2403.09192), on Token Merging, Bolya et al. (arXiv 2210.09461).
        </p>
      </div>
    </main>
  );
}
