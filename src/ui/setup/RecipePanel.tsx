import { PAPER_RECIPE, withEpochs } from '../../vit/configuration.js';
import { methodUnit } from '../../vit/methods/index.js';
import { Button } from '../common/controls.js';
import { ExplainRates } from '../common/explanations.js';
import { usePlayground } from '../playground.js';
import { AugmentationFields } from './AugmentationFields.js';
import { ChoiceFields } from './ChoiceFields.js';
import { NumberOption } from './ConfigurationFields.js';
import { MemoryFields } from './MemoryFields.js';
import { OptionFields, ratesOf } from './OptionFields.js';
import { configurationInUse, occupied } from '../../store/facts.js';

export function RecipePanel() {
  const configuration = usePlayground(configurationInUse);
  return (
    <section className="section stack" aria-labelledby="recipe-heading">
      <div className="section-head">
        <h2 id="recipe-heading">Recipe</h2>
        <PaperRecipe />
      </div>
      <NumberOption
        option="epochs"
        label="Epochs"
        hint="Passes over the training pictures; the first tenth warms up."
        withIt={(epochs) => ({ warmupEpochs: withEpochs(configuration, epochs).warmupEpochs })}
      />
      <NumberOption option="batchSize" label="Batch" hint="Pictures in one step; memory grows with it." />
      <NumberOption
        option="learningRate"
        label="Learning rate"
        hint="The highest, after the warm-up."
        explain={<ExplainRates />}
      />
      <OptionFields options={ratesOf(methodUnit(configuration.method).options)} />
      <MemoryFields />
      <NumberOption
        option="seed"
        label="Seed"
        hint="Decides every draw: initial weights, the pictures’ order, augmentation, dropout, and the drawn pictures."
      />
      <AugmentationFields />
      <MoreOfTheRecipe />
    </section>
  );
}

function PaperRecipe() {
  const configure = usePlayground((state) => state.configure);
  const disabled = usePlayground(occupied);
  return (
    <Button
      look="quiet"
      disabled={disabled}
      title="100 epochs, batch 32, AdamW at 1e-3, 10 epochs of warm-up, cosine to 1e-5"
      onClick={() => {
        const { epochs, batchSize, learningRate, flip, crop, colour } = PAPER_RECIPE;
        const rest = Object.fromEntries(REST.map(({ option }) => [option, PAPER_RECIPE[option]]));
        configure({ epochs, batchSize, learningRate, flip, crop, colour, ...rest });
      }}
    >
      Use the paper’s
    </Button>
  );
}

/** Options that are rarely changed, folded away. */
const REST = [
  { option: 'warmupEpochs', label: 'Warm-up epochs', hint: 'The learning rate rises linearly during these.' },
  { option: 'warmupLearningRate', label: 'Rate at the start', hint: 'The learning rate at which the warm-up begins.' },
  { option: 'minimumLearningRate', label: 'Rate at the end', hint: 'The learning rate at which the cosine ends.' },
  { option: 'weightDecay', label: 'Weight decay', hint: 'Not applied to biases and other one-dimensional weights.' },
  { option: 'dropout', label: 'Dropout', hint: 'On LoRA’s input and in the adapter’s hidden layer.' },
  {
    option: 'dropPath',
    label: 'Stochastic depth',
    hint: 'Chance of skipping a branch of the last block; it grows linearly from 0 at the first.',
  },
] as const;

function MoreOfTheRecipe() {
  return (
    <details className="small">
      <summary>More of the recipe</summary>
      <div className="stack details-body">
        <ChoiceFields />
        {REST.map((words) => (
          <NumberOption key={words.option} {...words} />
        ))}
      </div>
    </details>
  );
}
