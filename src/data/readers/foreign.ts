import type { ByteSource } from '../../containers/bytes.js';
import { foreignForm, foreignReason, type ForeignForm } from '../pictures/foreign-forms.js';
import { isDocumentation } from '../paths.js';
import type { Given, Proposal, Refusal } from '../readings/types.js';
import { PlaygroundError } from '../../vit/errors.js';

/** Refuses known but unsupported formats (archives, containers, databases, films), each with advice on what to do instead. */
export async function readForeign(given: Given): Promise<readonly Proposal[]> {
  const byForm = new Map<string, { form: ForeignForm; files: ByteSource[] }>();
  for (const file of given.others) {
    // Text files are recognised by their name alone.
    const head = isDocumentation(file.name) ? new Uint8Array(0) : await given.head(file);
    const form = foreignForm(head, file.name);
    if (!form || form.picture) continue;
    const known = byForm.get(form.what) ?? { form, files: [] };
    known.files.push(file);
    byForm.set(form.what, known);
  }
  return [...byForm.values()].map(({ form, files }): Refusal => {
    const reason = foreignReason(form);
    const subject = files[0]?.name ?? given.name;
    const error = new PlaygroundError('file.unsupported', `${subject}: ${reason}`, { subject });
    return { kind: 'refusal', form: 'foreign', accounts: new Set(files), pictures: files.length, reason, error };
  });
}
