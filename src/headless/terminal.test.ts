import { describe, expect, it } from 'vitest';
import { duration, table, Terminal, type TextStream } from './terminal.js';

function stream(shape: { isTTY?: boolean; columns?: number } = {}): TextStream & { text: string } {
  return {
    ...shape,
    text: '',
    write(text) {
      this.text += text;
    },
  };
}

describe('a terminal', () => {
  it('writes progress over itself, cut to the width, and takes it away before anything else', () => {
    const output = stream({ isTTY: true, columns: 10 });
    const terminal = new Terminal(output, stream(), false);
    terminal.status('step 1 of 1000');
    terminal.status('step 2');
    terminal.line('done');
    expect(output.text).toBe('\r\x1b[Kstep 1 of\r\x1b[Kstep 2\r\x1b[Kdone\n');
  });

  it('writes plain lines now and then where lines cannot be replaced', () => {
    const output = stream();
    const terminal = new Terminal(output, stream(), false);
    terminal.status('step 1');
    terminal.status('step 2');
    expect(output.text).toBe('step 1\n');
  });

  it('shows a stage as progress, and as a line with its time when it is over', () => {
    const output = stream({ isTTY: true });
    const terminal = new Terminal(output, stream(), false);
    for (const done of [0, 1, 2]) terminal.stage('Compiling shaders', done, 2);
    terminal.stage('Measuring kernels', 0, 1);
    expect(output.text.replace(/\d+\.\d s/, 'T').replaceAll('\r\x1b[K', '|')).toBe(
      '|Compiling shaders: 0 of 2|Compiling shaders: 1 of 2|Compiling shaders: 2 of 2|Compiling shaders: 2 in T\n|Measuring kernels: 0 of 1',
    );
  });

  it('leaves standard output to the JSON value', () => {
    const [output, errors] = [stream(), stream()];
    const terminal = new Terminal(output, errors, true);
    terminal.line('words');
    terminal.result({ accuracy: 0.5 }, () => ['50 %']);
    expect(JSON.parse(output.text)).toEqual({ accuracy: 0.5 });
    expect(errors.text).toBe('words\n');
  });
});

it('says durations as people do', () => {
  expect([0.4, 59.4, 60, 125, 3599, 3600, 4320].map(duration)).toEqual([
    '0 s',
    '59 s',
    '1 min 0 s',
    '2 min 5 s',
    '59 min 59 s',
    '1 h 0 min',
    '1 h 12 min',
  ]);
});

it('lines columns up', () => {
  expect(
    table([
      ['a', '1'],
      ['long', '100', 'x'],
    ]),
  ).toEqual(['a       1', 'long  100  x']);
});
