import { TrapError } from "../errors.ts";
import { alwaysWithin, type Capability, checkNothing, wasi02 } from "./capability.ts";
import { InputStream } from "./streams.ts";

class Terminal {}

/** The rest of `wasi:cli`: standard input is at its end, there is no terminal, and `exit` ends the cell. */
export const program: Capability = {
  name: "cli",
  offers: wasi02(
    [
      "wasi:cli/stdin",
      "wasi:cli/exit",
      "wasi:cli/terminal-input",
      "wasi:cli/terminal-output",
      "wasi:cli/terminal-stdin",
      "wasi:cli/terminal-stdout",
      "wasi:cli/terminal-stderr",
    ],
    { free: true },
  ),
  check: checkNothing,
  within: alwaysWithin,
  bind: () => ({
    supply: (cell) => ({
      interfaces: {
        "wasi:cli/stdin": { getStdin: () => new InputStream(cell) },
        "wasi:cli/exit": {
          exit: ({ tag }: { tag: "ok" | "err" }) => exited(tag === "ok" ? "success" : "failure"),
          exitWithCode: (code: number) => exited(code),
        },
        "wasi:cli/terminal-input": { TerminalInput: Terminal },
        "wasi:cli/terminal-output": { TerminalOutput: Terminal },
        "wasi:cli/terminal-stdin": { getTerminalStdin: () => undefined },
        "wasi:cli/terminal-stdout": { getTerminalStdout: () => undefined },
        "wasi:cli/terminal-stderr": { getTerminalStderr: () => undefined },
      },
    }),
  }),
};

function exited(status: number | string): never {
  throw new TrapError(`The plugin ended itself (wasi:cli/exit) with status ${status}.`, {
    subject: "wasi:cli/exit",
    actual: status,
    remedy: "Return from the call instead: a plugin that exits loses its cell and what it held.",
  });
}
