import { useRef, useState } from 'react';
import type { DataSummary, Question } from '../../../protocol/api.js';
import { BUILTIN_TASKS, type Configuration, isDrawn, drawnData } from '../../../vit/configuration.js';
import { Answers } from '../../common/Answers.js';
import { BusyLine } from '../../common/BusyLine.js';
import { Button, DraftField, NumberField, SelectField } from '../../common/controls.js';
import { Problem } from '../../common/Problem.js';
import type { Read } from '../../common/draft.js';
import { fileName, saveBlob } from '../../common/save.js';
import { chooseZip } from './save-into.js';
import { count, counted } from '../../format.js';
import { FileInput } from '../../intake/FileInput.js';
import { pickedFiles } from '../../intake/files.js';
import { PickFolder } from '../../intake/PickFolder.js';
import { usePlayground } from '../../playground.js';
import { ClassBalance } from './ClassBalance.js';
import { ClassEditor } from './ClassEditor.js';
import { KeptDataSets } from './KeptDataSets.js';
import { PictureBrowser } from './PictureBrowser.js';
import { ThumbnailGrid } from './ThumbnailGrid.js';
import { configurationInUse, dataInUse, occupied, shownUnderstanding } from '../../../store/facts.js';
import { Said } from '../../common/Equation.js';

const TASK_NAMES = { shapes: 'Shapes', count: 'Count', orientation: 'Orientation', texture: 'Texture' } as const;

export function DataPanel() {
  const data = usePlayground(dataInUse);
  const configuration = usePlayground(configurationInUse);
  const chooseData = usePlayground((state) => state.chooseData);
  const ensureData = usePlayground((state) => state.ensureData);
  const keptSets = usePlayground((state) => state.keptData.sets);
  const givenData = usePlayground((state) => state.givenData);
  const understood = usePlayground(shownUnderstanding);
  const reading = usePlayground((state) => state.reading);
  const training = usePlayground(occupied);
  const own = isDrawn(configuration.data) ? null : configuration.data;
  const kept = keptSets.flatMap(({ name }) => (name === null ? [] : [name]));
  const given = new Set([...givenData, ...kept, ...(own === null ? [] : [own])]);
  const choices = [
    ...BUILTIN_TASKS.map((task) => ({ value: drawnData(task), label: `${TASK_NAMES[task]} (drawn)` })),
    ...[...given].map((name) => ({ value: name, label: name })),
  ];
  return (
    <section className="section stack" aria-labelledby="data-heading">
      <div className="section-head">
        <h2 id="data-heading">Data</h2>
        <SelectField
          label="Data set"
          value={configuration.data}
          choices={choices}
          disabled={training}
          onChange={(name) => void chooseData(name)}
        />
      </div>
      <Problem place="data" action={!data && <Button onClick={() => void ensureData(configuration)}>Try again</Button>} />
      {reading && <Reading />}
      {understood && (
        <p className="small soft" role="status">
          <Said text={understood} />
        </p>
      )}
      {data && (
        <>
          <Contents data={data} />
          <Questions questions={data.questions} />
          <ThumbnailGrid part="train" count={12} />
          <PictureBrowser key={data.name} data={data} />
          <ClassesAndSplit data={data} own={own !== null} />
        </>
      )}
      <Intake disabled={training} />
      {data && <SaveData key={data.fingerprint} data={data} />}
      <KeptDataSets />
    </section>
  );
}

/** What the data set contains, and a warning where its kept pictures are smaller than the image size. */
function Contents({ data }: { data: DataSummary }) {
  const { imageSize } = usePlayground(configurationInUse);
  return (
    <>
      <p className="small">
        <span className="strong">{counted(data.classes.length, 'class', 'classes')}</span>
        <span className="soft">
          {' '}
          · <span className="number">{count(data.pictures.train)} train</span> ·{' '}
          <span className="number">{count(data.pictures.validation)} validation</span> ·{' '}
          <span className="number">{count(data.pictures.test)} test</span> · {data.form}
        </span>
      </p>
      {data.keptSide !== null && imageSize > data.keptSide && (
        <p className="small warn">
          This browser kept its pictures at {data.keptSide} × {data.keptSide}, so they are enlarged to {imageSize}. Drop the data
          set again to use them in full detail.
        </p>
      )}
      <ClassBalance classes={data.classes} />
    </>
  );
}

function ClassesAndSplit({ data, own }: { data: DataSummary; own: boolean }) {
  const configuration = usePlayground(configurationInUse);
  const configure = usePlayground((state) => state.configure);
  const training = usePlayground(occupied);
  return (
    <details className="small">
      <summary>
        Classes and split{data.skipped.length > 0 && <span className="warn"> · {count(data.skipped.length)} left out</span>}
      </summary>
      <div className="stack details-body">
        {data.classesFrom !== null && (
          <p className="soft">
            Classes by <Said text={data.classesFrom} />.
          </p>
        )}
        <p className="soft">
          <Said text={data.split} />
        </p>
        {data.notes.map((note) => (
          <p key={note} className="soft">
            <Said text={note} />.
          </p>
        ))}
        {own && (
          <SharesField
            value={configuration.splitShares}
            disabled={training}
            onChange={(splitShares) => configure({ splitShares })}
          />
        )}
        {own && (
          <NumberField
            option="splitSeed"
            label="Split seed"
            hint="Another number divides the pictures differently into the parts that the data set lacks."
            value={configuration.splitSeed}
            disabled={training}
            onChange={(splitSeed) => configure({ splitSeed })}
          />
        )}
        <ClassEditor disabled={training} />
        {data.skipped.length > 0 && <LeftOut data={data} />}
      </div>
    </details>
  );
}

function LeftOut({ data }: { data: DataSummary }) {
  return (
    <>
      <h3>Left out</h3>
      <ul className="skipped">
        {data.skipped.slice(0, 50).map((file) => (
          <li key={file.name}>
            <span className="strong">{file.name}</span>: <Said text={file.reason} />
          </li>
        ))}
        {data.skipped.length > 50 && <li>and {count(data.skipped.length - 50)} more</li>}
      </ul>
    </>
  );
}

/** What the files leave open: each question with its answers and their effects. */
function Questions({ questions }: { questions: readonly Question[] }) {
  return questions.map((question) => (
    <div key={question.text} className="stack small" role="group" aria-label="Question about the data">
      <p className="warn">
        <Said text={question.text} />.
      </p>
      {(question.answers.length > 1 || question.open === true) && <Answers question={question} />}
    </div>
  ));
}

type Shares = Configuration['splitShares'];

/** Percentages to train, validate and test with; their sum is 100. */
function SharesField({ value, disabled, onChange }: { value: Shares; disabled: boolean; onChange: (value: Shares) => void }) {
  const read = (text: string): Read<Shares> => {
    const numbers = text.split(/[^\d.]+/).flatMap((part) => (part === '' ? [] : [Number(part)]));
    const [train = 0, validation = 0, test = 0] = numbers;
    const whole = numbers.length === 3 && Math.abs(train + validation + test - 100) < 1e-6;
    if (whole && train > 0 && validation > 0) return { value: [train, validation, test] };
    return { reason: 'Three percentages with a sum of 100; the first two are above 0.' };
  };
  return (
    <DraftField
      label="Split in per cent"
      hint="To train, validate and test, where the data set brings no parts."
      shown={value.join(' / ')}
      read={read}
      onTake={onChange}
      disabled={disabled}
    />
  );
}

/** Saves the data set with all corrections as a zip. */
function SaveData({ data }: { data: DataSummary }) {
  const exportData = usePlayground((state) => state.exportData);
  const exporting = usePlayground((state) => state.exportingData);
  const announce = usePlayground((state) => state.announce);
  const [saved, setSaved] = useState('');
  const save = async (): Promise<void> => {
    setSaved('');
    const into = await chooseZip(`${fileName(data.name.replace(/^task:/, '').replace(/\.zip$/i, ''))}.zip`);
    if (into === undefined) return;
    const archive = await exportData(into);
    if (!archive) return;
    if (archive.blob) saveBlob(archive.name, archive.blob);
    const left = archive.skipped.length > 0 ? `, ${count(archive.skipped.length)} left out` : '';
    const said = `${archive.name}: ${counted(archive.pictures, 'picture')} saved${left}.`;
    setSaved(said);
    announce(said);
  };
  return (
    <div className="stack small">
      <div className="line">
        <Button
          look="quiet"
          icon="save"
          disabled={exporting}
          title="Saves its classes, parts and pictures as they are shown here; drop the zip here to restore them"
          onClick={() => void save()}
        >
          {exporting ? 'Writing…' : 'Save as a zip'}
        </Button>
      </div>
      {exporting && <BusyLine fallback="Writing the data set" />}
      {saved && <p className="soft">{saved}</p>}
    </div>
  );
}

/** The progress of reading what was dropped or picked, and a button that cancels it. */
function Reading() {
  const cancel = usePlayground((state) => state.cancelGiving);
  return (
    <div className="stack">
      <BusyLine fallback="Reading what was given" />
      <Button onClick={cancel}>Cancel</Button>
    </div>
  );
}

function Intake({ disabled }: { disabled: boolean }) {
  const give = usePlayground((state) => state.give);
  const show = usePlayground((state) => state.show);
  const files = useRef<HTMLInputElement>(null);
  return (
    <div className="intake small">
      <p>
        Drop pictures, a zip, weights or a run.json anywhere, paste, or{' '}
        <button type="button" className="link" disabled={disabled} onClick={() => files.current?.click()}>
          pick files
        </button>{' '}
        or{' '}
        <span className="together">
          <PickFolder look="link" disabled={disabled} onPick={(picked) => void give(picked)}>
            a folder
          </PickFolder>
          ,
        </span>{' '}
        or{' '}
        <button type="button" id="open-classes" className="link" onClick={() => show('classes')}>
          make classes
        </button>{' '}
        from loose pictures or with the camera. <span className="faint">Nothing leaves this machine.</span>
      </p>
      <FileInput ref={files} label="Files to read" testId="file-input" onPick={(picked) => void give(pickedFiles(picked))} />
    </div>
  );
}
