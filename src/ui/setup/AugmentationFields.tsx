import { configurationInUse } from '../../store/facts.js';
import { usePlayground } from '../playground.js';
import { NumberOption, SwitchOption } from './ConfigurationFields.js';

/** Random changes of training pictures; the paper's recipe has none. */
export function AugmentationFields() {
  const { flip, crop, colour } = usePlayground(configurationInUse);
  const on = [flip ? 'mirror' : '', crop > 0 ? 'crop' : '', colour > 0 ? 'colour' : ''].filter((name) => name !== '');
  return (
    <details className="small">
      <summary>Augmentation: {on.length > 0 ? on.join(', ') : 'off, as in the paper'}</summary>
      <div className="stack details-body">
        <SwitchOption
          option="flip"
          label="Mirror"
          hint="In each epoch every training picture is mirrored with a chance of one half. Leave it off where left and right tell classes apart."
        />
        <NumberOption
          option="crop"
          label="Random crop"
          hint="The most that is cut off each picture’s width and height: 0.2 keeps at least four fifths."
        />
        <NumberOption
          option="colour"
          label="Colour"
          hint="Brightness, contrast and saturation vary by up to this share, such as 0.2."
        />
      </div>
    </details>
  );
}
