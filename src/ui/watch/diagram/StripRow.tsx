import { Part, Term } from './Term.js';
import type { TermName } from './terms.js';
import { ValueStrip } from './ValueStrip.js';

/** A symbol, and its values as a strip of colours. */
export function StripRow({
  name,
  values,
  reach,
  centre = 0,
  words,
}: {
  name: TermName;
  values: Float32Array;
  reach: number;
  centre?: number;
  words: string;
}) {
  return (
    <Part name={name}>
      <div className="strip-row">
        <Term name={name} />
        <ValueStrip values={values} centre={centre} reach={reach} label={`${words}: ${values.length} numbers, as colours`} />
      </div>
    </Part>
  );
}
