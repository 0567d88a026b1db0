import { Back } from './Back.js';
import { Notation } from '../common/Equation.js';

/** A newcomer's first questions, and where on the page the answers are. */
const ANSWERS = [
  {
    question: 'What merges into what here?',
    answer:
      'Point at a region of the map: “One merge” beside it shows the token that merges away (src), the token that it merges into (dst), how similar they are, and which patches the merged token stands for.',
  },
  {
    question: 'What does PYRA change?',
    answer:
      'The step PYRA of the same diagram shows src before and after, the two weights that change it, and by how much; before any training, “Show a trained one” opens a run of the study. “Change by PYRA” under the map shows it for all pairs of a block.',
  },
  {
    question: 'How much faster is high?',
    answer:
      'Choose high: beside the heading Schedule you see the cost of a forward and how much less that is than without merging. Benchmark measures images per second on this machine, with merging and without.',
  },
  {
    question: 'Is PYRA better than ToMe here, and how sure is that?',
    answer:
      '“PYRA minus ToMe” under the figure shows the difference in percentage points on the same pictures, its 95 % interval, and a sentence that says whether one is shown to be better. “Compare PYRA with ToMe” trains both on your pictures.',
  },
  {
    question: 'What does a run predict for other pictures?',
    answer:
      'Drop a folder of them on a run in the table Runs, or choose the run and press Predict. You get a table with the class, the confidence and the time of each picture, or the camera live, with merging and without.',
  },
  {
    question: 'How do I take the weights away?',
    answer:
      'Press “Export its weights” under a run’s result, or choose a run in the table Runs and press Export: weights for PyTorch, timm, transformers and ONNX, a web page that classifies pictures by itself, or everything as one zip.',
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

/** What the keys do beside Tab, Enter and Space. */
function Keys() {
  return (
    <>
      <h3>Keys</h3>
      <ul>
        <li>The first presses of Tab offer to skip to a column of the page, or to a screen’s content.</li>
        <li>On the block slider: arrows move by one block, Home and End to its ends.</li>
        <li>On a map: arrows point at the next patch, Enter keeps its pair in the diagram, Escape lets go.</li>
        <li>
          On the schedule: left and right lead from block to block, up and down change how many tokens it merges, Page up and down
          by four.
        </li>
        <li>On small pictures and on the points of the figure: arrows lead to the next, Enter opens it.</li>
        <li>In the confusion matrix: arrows move, Enter opens the pictures.</li>
        <li>
          On the pictures of a class: arrows move, Space chooses, a digit moves to the class of that number, Delete removes,
          Ctrl+V pastes, Ctrl+Z takes back.
        </li>
        <li>F8 leads to the message that a run was deleted, where it can be undone.</li>
      </ul>
    </>
  );
}

/** Help: what the page does, how to begin, how to read the map, and the keys. */
export function HelpScreen() {
  return (
    <main className="screen" tabIndex={0}>
      <div className="screen-body prose">
        <Back />
        <h2>Help</h2>
        <p>
          PYRA Playground adapts a vision transformer to pictures on this machine, on its graphics card or its processors, and
          shows what merging tokens does to a picture and what it costs in accuracy. Your data never leave this machine: the
          page’s security policy forbids connections to other hosts, except to fetch a model from a hub when you ask for one.
          After the first visit the page works without a network.
        </p>
        <h3>In a minute</h3>
        <ul>
          <li>Move the slider under the picture: regions merge from block to block, and fewer tokens are left.</li>
          <li>Press Adapt: the network trains on the drawn task, and the curves and the map follow.</li>
          <li>
            Choose another method or schedule and press Adapt again, or queue several in a sweep: each run becomes a point in the
            figure.
          </li>
          <li>Drop a folder of your own pictures, with a folder inside for each class, and train again.</li>
        </ul>
        <h3>Where to find answers</h3>
        <Answers />
        <h3>Reading the map</h3>
        <p>
          Each outlined region is one token, filled with the mean colour of its patches; patches that have not merged show the
          picture itself. A region may have several pieces: point at one, and all patches of the token light up. “Pair weights” (
          <Notation text="g_r" />) and “Change by PYRA” show what PYRA does to the tokens that are about to merge in that block.
        </p>
        <Keys />
        <h3>Files that it reads</h3>
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
