import { ExitError } from "../../errors.ts";
import { type Capability, wasi02 } from "../capability.ts";
import { allValues, object } from "../kit/common-prices.ts";
import { cliWit } from "./cli-wit.ts";

class Terminal {}

/**
 * The rest of `wasi:cli`: standard input is at its end, there is no terminal, and `exit` ends the cell, and the call as if
 * it had returned, where it tells of success.
 */
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
  wit: { "wasi:cli": cliWit },
  prices: {
    "wasi:cli/stdin": { "get-stdin": object },
    // It ends the cell.
    "wasi:cli/exit": allValues,
    "wasi:cli/terminal-input": allValues,
    "wasi:cli/terminal-output": allValues,
    "wasi:cli/terminal-stdin": allValues,
    "wasi:cli/terminal-stdout": allValues,
    "wasi:cli/terminal-stderr": allValues,
  },
  bind: () => ({
    supply: (cell) => ({
      interfaces: {
        "wasi:cli/stdin": { getStdin: () => new cell.InputStream(cell) },
        "wasi:cli/exit": {
          exit: ({ tag }: { tag: "ok" | "err" }) => exit(tag === "ok" ? 0 : 1),
          exitWithCode: (code: number) => exit(code),
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

/** Told further by who knows the call. */
function exit(status: number): never {
  throw new ExitError(status, `The plugin ended itself (wasi:cli/exit) with status ${status}.`);
}
