import { KeptRow } from '../../common/KeptRow.js';
import { bytes } from '../../format.js';
import { usePlayground } from '../../playground.js';

/** The backbones kept in this browser with their sizes, and buttons that delete them. */
export function KeptBackbones({ disabled }: { disabled: boolean }) {
  const { models } = usePlayground((state) => state.keptModels);
  const runs = usePlayground((state) => state.runs);
  const remove = usePlayground((state) => state.deleteModel);
  if (models.length === 0) return null;
  const all = models.reduce((sum, model) => sum + model.bytes, 0);
  const consequence = (name: string): string => {
    const count = Object.values(runs).filter((run) => run.configuration.model === name).length;
    if (count === 0) return 'No run was trained on it.';
    return `${count === 1 ? 'The run' : `The ${count} runs`} trained on it cannot compute until it is given again.`;
  };
  return (
    <details className="small">
      <summary>Kept in this browser · {bytes(all)}</summary>
      <ul className="details-body" aria-label="Kept backbones">
        {models.map(({ name, bytes: size }) => (
          <KeptRow
            key={name}
            name={name}
            facts={bytes(size)}
            consequence={consequence(name)}
            disabled={disabled}
            onDelete={() => void remove(name)}
          />
        ))}
      </ul>
    </details>
  );
}
