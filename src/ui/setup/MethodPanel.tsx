import { METHODS, PEFTS, usesAdapter, usesLora } from '../../vit/configuration.js';
import { Choices, NumberField, SwitchField } from '../common/controls.js';
import { ExplainMethod, ExplainPeft, ExplainProportional } from '../common/explanations.js';
import { METHOD_STYLE, PEFT_STYLE } from '../common/methods.js';
import { usePlayground } from '../playground.js';

export function MethodPanel() {
  const configuration = usePlayground((state) => state.configuration);
  const configure = usePlayground((state) => state.configure);
  const training = usePlayground((state) => state.training !== 'idle');
  const { method, peft } = configuration;
  return (
    <section className="section stack" aria-labelledby="method-heading">
      <div className="section-head">
        <h2 id="method-heading" className="line">
          Method <ExplainMethod />
        </h2>
      </div>
      <Choices
        label="Method"
        value={method}
        disabled={training}
        choices={METHODS.map((value) => ({ value, label: METHOD_STYLE[value].name, swatch: METHOD_STYLE[value].colour }))}
        onChange={(next) => configure({ method: next })}
      />
      <p className="small faint">{METHOD_STYLE[method].line}</p>
      <div className="section-head">
        <h3 className="line">
          What trains <ExplainPeft />
        </h3>
      </div>
      <Choices
        label="What trains"
        value={peft}
        disabled={training}
        choices={PEFTS.map((value) => ({ value, label: PEFT_STYLE[value].name }))}
        onChange={(next) => configure({ peft: next })}
      />
      <p className="small faint">{PEFT_STYLE[peft].line}</p>
      {usesLora(peft) && (
        <NumberField
          label="LoRA rank"
          hint="Columns of the low-rank change; the paper uses 8."
          integer
          value={configuration.loraRank}
          disabled={training}
          onChange={(loraRank) => configure({ loraRank })}
        />
      )}
      {usesAdapter(peft) && (
        <NumberField
          label="Adapter width"
          hint="Hidden units of the bottleneck."
          integer
          value={configuration.adapterWidth}
          disabled={training}
          onChange={(adapterWidth) => configure({ adapterWidth })}
        />
      )}
      {method !== 'none' && (
        <SwitchField
          label="Proportional attention"
          hint="A token counts as many patches as it stands for."
          explain={<ExplainProportional />}
          checked={configuration.proportionalAttention}
          disabled={training}
          onChange={(proportionalAttention) => configure({ proportionalAttention })}
        />
      )}
    </section>
  );
}
