import { useMemo } from 'react';
import { SUGGESTED, throughputOf, type SuggestedBackbone } from '../../../store/progress/suggested.js';
import { dataInUse, shownEstimate } from '../../../store/facts.js';
import { Button } from '../../common/controls.js';
import { bytes, count, perSecond } from '../../format.js';
import { usePlayground } from '../../playground.js';

/** A few suitable backbones of the hub. Nothing is requested before one is pressed. */
export function SuggestedBackbones({ disabled }: { disabled: boolean }) {
  return (
    <div className="details-body stack">
      <p className="soft">
        Pretrained on many photographs. Get asks <span className="strong">huggingface.co</span>, and *.huggingface.co and *.hf.co,
        where it keeps its files, for that backbone alone. Its files stay on this machine for the next visit.
      </p>
      <ul className="stack" aria-label="Suggested backbones">
        {SUGGESTED.map((backbone) => (
          <Suggested key={backbone.repository} backbone={backbone} disabled={disabled} />
        ))}
      </ul>
    </div>
  );
}

function Suggested({ backbone, disabled }: { backbone: SuggestedBackbone; disabled: boolean }) {
  const { repository, name, suits, parameters, licence, side } = backbone;
  const here = usePlayground((state) => state.keptModels.models.some((kept) => kept.name === repository));
  const inUse = usePlayground((state) => state.configuration.model === repository);
  const fetching = usePlayground((state) => state.download !== null);
  const fetch = usePlayground((state) => state.fetchSuggested);
  const estimate = usePlayground(shownEstimate);
  const configuration = usePlayground((state) => state.configuration);
  const classes = usePlayground((state) => dataInUse(state)?.classes.length ?? 0);
  const speed = useMemo(
    () => estimate && throughputOf(backbone, configuration, estimate, classes),
    [backbone, configuration, estimate, classes],
  );
  return (
    <li className="suggested">
      <div className="spread">
        <span className="strong">{name}</span>
        <Button
          disabled={disabled || fetching || inUse}
          aria-label={`${here ? 'Use' : 'Get'} ${name}`}
          onClick={() => void fetch(repository)}
        >
          {inUse ? 'In use' : here ? 'Use' : 'Get'}
        </Button>
      </div>
      <p>{suits}</p>
      <p className="soft">
        {count(parameters)} parameters · {bytes(backbone.bytes)} · {licence} · {side} px
        {speed !== null && ` · trains about ${perSecond(speed)} here`}
      </p>
    </li>
  );
}
