import type { Architecture } from '../../../vit/architecture.js';
import { BUNDLED } from '../../../vit/configuration.js';
import { Button, NumberField, SelectField } from '../../common/controls.js';
import { Problem } from '../../common/Problem.js';
import { count, counted } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { HubForm } from './HubForm.js';
import { KeptBackbones } from './KeptBackbones.js';
import { SizeChoices } from './SizeChoices.js';
import { HeadsQuestion, Understanding } from './ModelUnderstanding.js';
import { configurationInUse, modelInUse, occupied, problemAt } from '../../../store/facts.js';

export function ModelPanel() {
  const model = usePlayground(modelInUse);
  const configuration = usePlayground(configurationInUse);
  const chooseSize = usePlayground((state) => state.chooseSize);
  const ensureModel = usePlayground((state) => state.ensureModel);
  const asked = usePlayground((state) => state.askedModel !== null);
  const choose = usePlayground((state) => state.chooseModel);
  const kept = usePlayground((state) => state.keptModels.models);
  const unusable = usePlayground((state) => problemAt(state, 'model') !== null);
  const training = usePlayground(occupied);
  const architecture = model?.architecture;
  const patch = architecture?.patchSize ?? 1;
  const names = new Set([BUNDLED, ...kept.map(({ name }) => name), configuration.model]);
  return (
    <section className="section stack" aria-labelledby="model-heading">
      <div className="section-head">
        <h2 id="model-heading">Backbone</h2>
        <SelectField
          label="Backbone"
          value={configuration.model}
          choices={[...names].map((name) => ({ value: name, label: name === BUNDLED ? 'Bundled ViT' : name }))}
          disabled={training}
          onChange={(name) => void choose(name)}
        />
      </div>
      <Problem
        place="model"
        action={!model && !asked && <Button onClick={() => void ensureModel(configuration)}>Try again</Button>}
      />
      <HeadsQuestion />
      {!model && <p className="small soft">{unusable ? 'No backbone is in use.' : 'Loading the backbone…'}</p>}
      {model && architecture && (
        <>
          <Sizes parameters={model.parameters} architecture={architecture} />
          <NumberField
            label="Image size"
            hint={`Side in pixels, a multiple of ${patch}; this backbone was made for ${architecture.imageSize}.`}
            option="imageSize"
            value={configuration.imageSize}
            disabled={training}
            refuse={(imageSize) => (imageSize % patch === 0 ? null : `A multiple of ${patch}, the side of a patch.`)}
            onChange={chooseSize}
          />
          <SizeChoices disabled={training} />
          <Understanding model={model} disabled={training} />
        </>
      )}
      <HubForm disabled={training} />
      <KeptBackbones disabled={training} />
    </section>
  );
}

function Sizes({ parameters, architecture }: { parameters: number; architecture: Architecture }) {
  return (
    <p className="small">
      <span className="strong">{count(parameters)} parameters</span>
      <span className="soft">
        {' '}
        · {counted(architecture.depth, 'block')} · {counted(architecture.embedDim, 'channel')} ·{' '}
        {counted(architecture.heads, 'head')} · patches of {architecture.patchSize} px
        {architecture.distilled ? ' · distillation token' : ''}
        {architecture.registers > 0 ? ` · ${counted(architecture.registers, 'register token')}` : ''}
      </span>
    </p>
  );
}
