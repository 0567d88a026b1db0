import { Button, NumberField, Problem } from '../common/controls.js';
import { count } from '../format.js';
import { usePlayground } from '../playground.js';

export function ModelPanel() {
  const model = usePlayground((state) => state.model);
  const configuration = usePlayground((state) => state.configuration);
  const configure = usePlayground((state) => state.configure);
  const loadBundled = usePlayground((state) => state.loadBundledModel);
  const training = usePlayground((state) => state.training !== 'idle');
  const architecture = model?.architecture;
  const patch = architecture?.patchSize ?? 1;
  return (
    <section className="section stack" aria-labelledby="model-heading">
      <div className="section-head">
        <h2 id="model-heading">Backbone</h2>
        {model && model.name !== 'bundled' && (
          <Button
            look="quiet"
            disabled={training}
            onClick={() => {
              configure({ model: 'bundled' });
              void loadBundled();
            }}
          >
            Use the bundled one
          </Button>
        )}
      </div>
      <Problem place="model" />
      {!model && <p className="small soft">Loading the bundled backbone…</p>}
      {model && architecture && (
        <>
          <p className="small">
            <span className="strong">{model.name === 'bundled' ? 'Bundled ViT' : model.name}</span>
            <span className="soft">
              {' '}
              · {count(model.parameters)} parameters · {architecture.depth} blocks · {architecture.embedDim} channels ·{' '}
              {architecture.heads} heads · patch {architecture.patchSize} px
              {architecture.distilled ? ' · distillation token' : ''}
            </span>
          </p>
          <NumberField
            label="Image size"
            hint={`Side in pixels, a multiple of ${patch}; made for ${architecture.imageSize}.`}
            integer
            value={configuration.imageSize}
            disabled={training}
            onChange={(imageSize) => imageSize % patch === 0 && configure({ imageSize })}
          />
          {(model.notes.length > 0 || model.unusedTensors.length > 0) && (
            <details className="small">
              <summary>How the file was understood</summary>
              <ul className="details-body soft stack">
                <li>Format: {model.format}.</li>
                {model.notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
                {model.unusedTensors.length > 0 && (
                  <li>
                    Not used: {model.unusedTensors.slice(0, 12).join(', ')}
                    {model.unusedTensors.length > 12 ? ` and ${model.unusedTensors.length - 12} more` : ''}.
                  </li>
                )}
              </ul>
            </details>
          )}
        </>
      )}
    </section>
  );
}
