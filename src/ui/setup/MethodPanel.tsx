import { adaptersOf, PEFTS, wayOf } from '../../vit/adapters/index.js';
import { METHODS, methodUnit } from '../../vit/methods/index.js';
import { Choices } from '../common/controls.js';
import { ExplainMethod, ExplainPeft } from '../common/explanations.js';
import { usePlayground } from '../playground.js';
import { OptionFields, withoutRates } from './OptionFields.js';
import { configurationInUse, occupied } from '../../store/facts.js';
import { methodColour } from '../styles/colours.js';

export function MethodPanel() {
  const method = usePlayground((state) => configurationInUse(state).method);
  const peft = usePlayground((state) => configurationInUse(state).peft);
  const configure = usePlayground((state) => state.configure);
  const training = usePlayground(occupied);
  return (
    <section className="section stack" aria-labelledby="method-heading">
      <div className="section-head">
        <h2 id="method-heading" className="line">
          Method <ExplainMethod method={method} />
        </h2>
      </div>
      <Choices
        label="Method"
        value={method}
        disabled={training}
        choices={METHODS.map((value) => ({ value, label: methodUnit(value).label, swatch: methodColour(value) }))}
        onChange={(next) => configure({ method: next })}
      />
      <p className="small faint">{methodUnit(method).line}</p>
      <div className="section-head">
        <h3 className="line">
          What trains <ExplainPeft />
        </h3>
      </div>
      <Choices
        label="What trains"
        value={peft}
        disabled={training}
        choices={PEFTS.map((value) => ({ value, label: wayOf(value).label }))}
        onChange={(next) => configure({ peft: next })}
      />
      <p className="small faint">{wayOf(peft).line}</p>
      {adaptersOf(peft).map(({ name, options }) => (
        <OptionFields key={name} options={options} />
      ))}
      <OptionFields options={withoutRates(methodUnit(method).options)} />
    </section>
  );
}
