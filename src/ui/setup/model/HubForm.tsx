import { useState } from 'react';
import { HUB } from '../../../protocol/hub/references.js';
import { readableReference } from '../../../store/slices/downloads.js';
import { SuggestedBackbones } from './SuggestedBackbones.js';
import { ProgressBar } from '../../common/BusyLine.js';
import { Button, Field } from '../../common/controls.js';
import { Problem } from '../../common/Problem.js';
import { bytes } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { configurationInUse, problemAt } from '../../../store/facts.js';

/** Fetches a model from a hub or an address. Before it does, it says which hosts it asks. */
export function HubForm({ disabled }: { disabled: boolean }) {
  const reference = usePlayground((state) => state.reference);
  const type = usePlayground((state) => state.typeReference);
  const fetchModel = usePlayground((state) => state.fetchModel);
  const fetching = usePlayground((state) => state.download !== null);
  const offered = usePlayground(
    (state) => problemAt(state, 'model') !== null && state.reference === configurationInUse(state).model,
  );
  const [token, setToken] = useState('');
  const readable = readableReference(reference);
  return (
    <details className="small" open={offered || undefined}>
      <summary>More backbones, from the Hugging Face hub</summary>
      <SuggestedBackbones disabled={disabled} />
      <form
        className="details-body stack"
        aria-label="Fetch from a hub"
        onSubmit={(event) => {
          event.preventDefault();
          setToken('');
          void fetchModel(token);
        }}
      >
        <Field label="Model" hint={readable ? undefined : 'owner/name, owner/name@revision, or the address of a file.'} wide>
          {(ids) => (
            <input
              id={ids.control}
              className="input"
              data-wide=""
              spellCheck={false}
              autoCapitalize="off"
              autoComplete="off"
              placeholder="owner/name or https://…"
              aria-describedby={ids.hint}
              disabled={fetching}
              value={reference}
              onChange={(event) => type(event.target.value)}
            />
          )}
        </Field>
        <TokenField value={token} disabled={fetching} onChange={setToken} />
        <Problem place="hub" />
        {fetching ? (
          <Progress />
        ) : (
          <>
            {readable && <Contacts origin={readable.origin} />}
            <Unfinished disabled={disabled} />
            <p>
              <Button type="submit" icon="save" disabled={disabled || !readable}>
                Fetch
              </Button>
            </p>
          </>
        )}
      </form>
    </details>
  );
}

function TokenField({ value, disabled, onChange }: { value: string; disabled: boolean; onChange: (token: string) => void }) {
  return (
    <Field label="Access token" hint="Only for private or gated models. It is used once and never kept." wide>
      {(ids) => (
        <input
          id={ids.control}
          className="input"
          data-wide=""
          type="password"
          autoComplete="off"
          placeholder="none"
          aria-describedby={ids.hint}
          disabled={disabled}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function Contacts({ origin }: { origin: string }) {
  return (
    <p className="soft">
      Asks <span className="strong">{new URL(origin).host}</span>
      {origin === HUB && ', and *.huggingface.co and *.hf.co, where it keeps its files,'} for this model, and no other host. It
      sends the model’s name, and the token if there is one.
    </p>
  );
}

function Progress() {
  const download = usePlayground((state) => state.download);
  const cancel = usePlayground((state) => state.cancelDownload);
  if (!download) return null;
  const { file, received, total, waiting } = download;
  const part = total === null || total === 0 ? 0 : received / total;
  return (
    <div className="stack">
      <div className="spread">
        <span className="whole">{file}</span>
        <span className="number soft">
          {bytes(received)}
          {total === null ? '' : ` of ${bytes(total)}`}
        </span>
      </div>
      <ProgressBar label={`Fetching ${file}`} part={part} />
      {waiting !== undefined && (
        <p className="warn" role="status">
          {waiting}.
        </p>
      )}
      <p>
        <Button onClick={cancel}>Cancel</Button>
      </p>
    </div>
  );
}

/** Parts of unfinished downloads, which the next attempt continues from. */
function Unfinished({ disabled }: { disabled: boolean }) {
  const { unfinishedBytes } = usePlayground((state) => state.keptModels);
  const remove = usePlayground((state) => state.deleteUnfinished);
  if (unfinishedBytes === 0) return null;
  return (
    <p className="soft">
      {bytes(unfinishedBytes)} of an unfinished download are here: fetching the same model goes on from them.{' '}
      <button type="button" className="link" disabled={disabled} onClick={() => void remove()}>
        Delete them
      </button>
    </p>
  );
}
