import { trainsBackbone } from '../../vit/adapters/index.js';
import { configurationInUse, occupied } from '../../store/facts.js';
import { SwitchField } from '../common/controls.js';
import { usePlayground } from '../playground.js';

/** What trades something else for memory. */
export function MemoryFields() {
  const { recompute, halfWeights, peft } = usePlayground(configurationInUse);
  const configure = usePlayground((state) => state.configure);
  const disabled = usePlayground(occupied);
  return (
    <>
      <SwitchField
        label="Recompute activations"
        hint="For large backbones: much less memory, more time, the same result. Where a graphics card has no room it is done anyway."
        checked={recompute}
        disabled={disabled}
        onChange={(value) => configure({ recompute: value })}
      />
      <SwitchField
        label="Half-precision backbone"
        hint="Frozen weights are rounded to float16: half of their memory on a graphics card. The mean loss stays within 1 %; a few merges may differ."
        checked={halfWeights}
        disabled={disabled || trainsBackbone(peft)}
        onChange={(value) => configure({ halfWeights: value })}
      />
    </>
  );
}
