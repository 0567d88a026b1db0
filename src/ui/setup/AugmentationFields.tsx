import { NumberField, SwitchField } from '../common/controls.js';
import { usePlayground } from '../playground.js';
import { configurationInUse, occupied } from '../../store/facts.js';

/** Changes of training pictures, all off in the paper's recipe. */
export function AugmentationFields() {
  const { flip, crop, colour } = usePlayground(configurationInUse);
  const configure = usePlayground((state) => state.configure);
  const disabled = usePlayground(occupied);
  const on = [flip ? 'mirror' : '', crop > 0 ? 'crop' : '', colour > 0 ? 'colour' : ''].filter((name) => name !== '');
  return (
    <details className="small">
      <summary>Augmentation: {on.length > 0 ? on.join(', ') : 'off, as in the paper'}</summary>
      <div className="stack details-body">
        <SwitchField
          label="Mirror"
          hint="Half of the training pictures, drawn anew each epoch; leave it off where left and right tell classes apart."
          checked={flip}
          disabled={disabled}
          onChange={(next) => configure({ flip: next })}
        />
        <NumberField
          option="crop"
          label="Random crop"
          hint="The most that a random cut takes off each side: 0.2 keeps at least four fifths of it."
          value={crop}
          disabled={disabled}
          onChange={(next) => configure({ crop: next })}
        />
        <NumberField
          option="colour"
          label="Colour"
          hint="Brightness, contrast and saturation vary by up to this share, such as 0.2."
          value={colour}
          disabled={disabled}
          onChange={(next) => configure({ colour: next })}
        />
      </div>
    </details>
  );
}
