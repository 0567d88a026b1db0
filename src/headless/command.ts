import { Arguments, helpText, type CommandDescription } from './arguments.js';
import { EXIT, type Command, type Host } from './machine/host.js';
import { Terminal } from './terminal.js';

/** Makes a command from its description, which parses its options and prints its help, and from `run`, which returns the exit code. */
export function defineCommand<Name extends string>(
  description: CommandDescription<Name>,
  run: (options: Arguments<Name>, terminal: Terminal, host: Host) => Promise<number>,
): Command {
  return {
    name: description.name,
    summary: description.summary,
    async run(args, host) {
      const options = new Arguments(description, args);
      const terminal = new Terminal(host.output, host.errors, options.json);
      if (!options.help) return run(options, terminal, host);
      host.output.write(`${helpText(description)}\n`);
      return EXIT.done;
    },
  };
}
