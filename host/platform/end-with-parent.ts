/**
 * Processes that the kernel ends with the one that started them. One that is stopped can see to nothing itself: neither
 * that its channel is closed, nor that it has another parent.
 */

import { spawnSync } from "node:child_process";

/** A program of util-linux; Node has no way of its own to say so to the kernel (prctl, PR_SET_PDEATHSIG). */
const setpriv = "/usr/bin/setpriv";
const options = ["--pdeathsig", "KILL", "--"];

interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
}

let works: boolean | undefined;

/**
 * The command line that runs `program` so. It becomes the program, under the same process id. Where the machine has no
 * such thing (no Linux, no util-linux) it is the program's own: such a process ends once it is no longer stopped.
 */
export function endingWithParent(program: string, args: readonly string[]): CommandLine {
  works ??= process.platform === "linux" ? tried() : false;
  return works ? { program: setpriv, args: [...options, program, ...args] } : { program, args };
}

/** Other programs of that name know no such option. Undefined where that can't be said now. */
function tried(): boolean | undefined {
  const { status, error } = spawnSync(setpriv, [...options, setpriv, "--version"], {
    env: {},
    stdio: "ignore",
  });
  return error && (error as NodeJS.ErrnoException).code !== "ENOENT" ? undefined : status === 0;
}
