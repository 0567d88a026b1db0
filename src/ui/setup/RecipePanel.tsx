import { PAPER_RECIPE, withEpochs } from '../../vit/configuration.js';
import { methodUnit } from '../../vit/methods/index.js';
import { Button, NumberField } from '../common/controls.js';
import { ExplainRates } from '../common/explanations.js';
import { usePlayground } from '../playground.js';
import { AugmentationFields } from './AugmentationFields.js';
import { ChoiceFields } from './ChoiceFields.js';
import { MemoryFields } from './MemoryFields.js';
import { OptionFields, ratesOf } from './OptionFields.js';
import { configurationInUse, occupied } from '../../store/facts.js';

export function RecipePanel() {
  const configuration = usePlayground(configurationInUse);
  const configure = usePlayground((state) => state.configure);
  const disabled = usePlayground(occupied);
  return (
    <section className="section stack" aria-labelledby="recipe-heading">
      <div className="section-head">
        <h2 id="recipe-heading">Recipe</h2>
        <PaperRecipe />
      </div>
      <NumberField
        option="epochs"
        label="Epochs"
        hint="Passes over the training pictures; the first tenth warms up."
        value={configuration.epochs}
        disabled={disabled}
        onChange={(epochs) => configure({ epochs, warmupEpochs: withEpochs(configuration, epochs).warmupEpochs })}
      />
      <NumberField
        option="batchSize"
        label="Batch"
        hint="Pictures in one step; memory grows with it."
        value={configuration.batchSize}
        disabled={disabled}
        onChange={(batchSize) => configure({ batchSize })}
      />
      <NumberField
        option="learningRate"
        label="Learning rate"
        hint="The highest, after the warm-up."
        explain={<ExplainRates />}
        value={configuration.learningRate}
        disabled={disabled}
        onChange={(learningRate) => configure({ learningRate })}
      />
      <OptionFields options={ratesOf(methodUnit(configuration.method).options)} />
      <MemoryFields />
      <NumberField
        option="seed"
        label="Seed"
        hint="Initial weights, order, augmentation, dropout, and the drawn pictures."
        value={configuration.seed}
        disabled={disabled}
        onChange={(seed) => configure({ seed })}
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
      The paper’s
    </Button>
  );
}

/** What few change: options of the recipe that stand folded away. */
const REST = [
  { option: 'warmupEpochs', label: 'Warm-up epochs', hint: 'The rate rises on a line over these.' },
  { option: 'warmupLearningRate', label: 'Rate at the start', hint: 'Where the warm-up begins.' },
  { option: 'minimumLearningRate', label: 'Rate at the end', hint: 'Where the cosine ends.' },
  { option: 'weightDecay', label: 'Weight decay', hint: 'None on biases and other 1-D weights.' },
  { option: 'dropout', label: 'Dropout', hint: 'In LoRA’s and the adapter’s paths.' },
  { option: 'dropPath', label: 'Stochastic depth', hint: 'Of the last block; it grows from 0 over the blocks.' },
] as const;

function MoreOfTheRecipe() {
  const configuration = usePlayground(configurationInUse);
  const configure = usePlayground((state) => state.configure);
  const disabled = usePlayground(occupied);
  return (
    <details className="small">
      <summary>More of the recipe</summary>
      <div className="stack details-body">
        <ChoiceFields />
        {REST.map(({ option, label, hint }) => (
          <NumberField
            key={option}
            option={option}
            label={label}
            hint={hint}
            value={configuration[option]}
            disabled={disabled}
            onChange={(value) => configure({ [option]: value })}
          />
        ))}
      </div>
    </details>
  );
}
