import { configurationInUse } from '../../store/facts.js';
import { trainsBackbone } from '../../vit/adapters/index.js';
import { usePlayground } from '../playground.js';
import { SwitchOption } from './ConfigurationFields.js';

/** Ways to train in less memory. */
export function MemoryFields() {
  const peft = usePlayground((state) => configurationInUse(state).peft);
  return (
    <>
      <SwitchOption
        option="recompute"
        label="Recompute activations"
        hint="For large backbones: much less memory, more time, the same result. Switched on by itself where the graphics card’s memory is too small."
      />
      <SwitchOption
        option="halfWeights"
        label="Half-precision backbone"
        hint="Rounds frozen weights to float16: half their memory on a graphics card. The mean loss stays within 1 %; a few merges may differ."
        disabled={trainsBackbone(peft)}
      />
      <SwitchOption
        option="halfActivations"
        label="Half-precision activations"
        hint="Keeps what the backward reads of the forward in float16: up to half the memory of training. The mean loss stays within 1 %."
      />
    </>
  );
}
