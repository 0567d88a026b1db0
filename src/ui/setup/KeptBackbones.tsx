import { Button } from '../common/controls.js';
import { Icon } from '../common/Icon.js';
import { bytes } from '../format.js';
import { usePlayground } from '../playground.js';

/** What backbones occupy in this browser, and how to be rid of them. */
export function KeptBackbones({ disabled }: { disabled: boolean }) {
  const { models } = usePlayground((state) => state.keptModels);
  const remove = usePlayground((state) => state.deleteModel);
  if (models.length === 0) return null;
  const all = models.reduce((sum, model) => sum + model.bytes, 0);
  return (
    <details className="small">
      <summary>Kept in this browser · {bytes(all)}</summary>
      <ul className="details-body" aria-label="Kept backbones">
        {models.map((model) => (
          <li key={model.name} className="spread">
            <span className="truncate" title={model.name}>
              {model.name}
            </span>
            <span className="line">
              <span className="number soft">{bytes(model.bytes)}</span>
              <Button
                look="icon"
                disabled={disabled}
                aria-label={`Delete ${model.name} from this browser`}
                onClick={() => void remove(model.name)}
              >
                <Icon name="trash" />
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
