import { Button, EditableName } from '../../common/controls.js';
import { Icon } from '../../common/Icon.js';
import { count } from '../../format.js';
import { usePlayground } from '../../playground.js';
import { dataInUse } from '../../../store/facts.js';

/** The classes in the files, each of which can be renamed, merged with others under one name, or dropped. */
export function ClassEditor({ disabled }: { disabled: boolean }) {
  const data = usePlayground(dataInUse);
  const raw = usePlayground((state) => state.rawClasses);
  const edits = usePlayground((state) => state.edits.classes);
  const editClasses = usePlayground((state) => state.editClasses);
  const pictures = new Map(data?.classes.map((entry) => [entry.name, entry.pictures]));
  const change = (name: string, to: string | null): void => {
    const { [name]: _old, ...rest } = edits;
    void editClasses(to === name ? rest : { ...rest, [name]: to });
  };
  return (
    <div className="stack">
      <p className="faint">Click a name to rename it; two classes with one name are merged.</p>
      <ul className="classes">
        {raw.map((name) => {
          const now = edits[name] === undefined ? name : edits[name];
          return (
            <li key={name} className="line">
              {now === null ? (
                <span className="grow faint dropped whole">{name}</span>
              ) : disabled ? (
                <span className="grow whole">{now}</span>
              ) : (
                <span className="grow">
                  <EditableName name={now} label="Class name" onChange={(to) => change(name, to)} />
                </span>
              )}
              <span className="number soft">{now === null ? 'dropped' : count(pictures.get(now) ?? 0)}</span>
              {!disabled && (
                <Button
                  look="icon"
                  aria-label={now === null ? `Take class ${name} back` : `Drop class ${name}`}
                  onClick={() => change(name, now === null ? name : null)}
                >
                  <Icon name={now === null ? 'add' : 'close'} />
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
