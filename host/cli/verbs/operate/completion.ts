import { harmlessLine } from "../../../text/harmless.ts";
import { parseLine, required, UsageError } from "../../command-line.ts";
import { printJson } from "../../terminal.ts";
import type { Verb, VerbEntry } from "../verb.ts";
import { candidates } from "./candidates.ts";
import { completionScripts } from "./completion-scripts.ts";

const options = { json: { type: "boolean" } } as const;

const shells = Object.keys(completionScripts);

/** Completion of all verbs, which it can't import: it is one of them. */
export function completionOf(verbs: () => ReadonlyMap<string, VerbEntry>): Verb {
  return {
    help: `Usage: hotcell completion ${shells.join("|")} [options]

Prints a script for a shell that completes verbs, options, names of plugins and of their functions, asked for at the host. What was typed is handed on
as it is, and never carried out.

  bash   eval "$(hotcell completion bash)"                                  in ~/.bashrc
  zsh    eval "$(hotcell completion zsh)"                                   in ~/.zshrc, after compinit
  fish   hotcell completion fish > ~/.config/fish/completions/hotcell.fish

  --json   for programs: { "shell": …, "script": … }

Example: hotcell completion fish > ~/.config/fish/completions/hotcell.fish`,
    options,
    arguments: [shells],

    async run(args) {
      const [shell, ...rest] = args;
      if (shell === "of") {
        const [, ...words] = rest;
        for (const { value, about } of await candidates(words, verbs(), process.env))
          console.log(harmlessLine(value).concat(about === undefined ? "" : `\t${harmlessLine(about)}`));
        return 0;
      }
      const { values, positionals } = parseLine({ args, allowPositionals: true, options });
      const [name] = required(positionals, "SHELL");
      const script = Object.hasOwn(completionScripts, name) ? completionScripts[name] : undefined;
      if (script === undefined) throw new UsageError(`There is: ${shells.join(", ")}.`);
      if (values.json) printJson({ shell: name, script });
      else process.stdout.write(script);
      return 0;
    },
  };
}
