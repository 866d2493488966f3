/** The command line as a process of its own. */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const main = fileURLToPath(new URL("../../host/cli/hotcell.mjs", import.meta.url));
/** Code that Node has compiled, kept from one process to the next: most of a short one's time is stripping types. */
const compiled = fileURLToPath(new URL("../../node_modules/.cache/hotcell-tests", import.meta.url));

export type Running = ChildProcessByStdio<null, Readable, Readable>;

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  /** Default: the repository. */
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Command that runs it somewhere else, such as in a network namespace; none. */
  readonly enter?: readonly string[];
}

const running = new Set<Running>();

/** For `afterEach`: ends what the tests of a file started. Resolves when none is there to write into its folder any more. */
export async function killRunning(): Promise<void> {
  const ended = [...running].map(async (child) => {
    const gone = child.exitCode !== null || child.signalCode !== null;
    if (!gone && child.kill("SIGKILL")) await once(child, "exit");
  });
  running.clear();
  await Promise.all(ended);
}

/** Starts Node on a script, with none of the settings that whoever runs the tests may have. */
export function startNode(
  args: readonly string[],
  { cwd = root, environment = {}, enter = [] }: Surroundings = {},
): Running {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("HOTCELL_") && name !== "INIT_CWD",
  );
  const [program, ...rest] = [...enter, process.execPath, ...args];
  const child = spawn(program!, rest, {
    cwd,
    env: { ...Object.fromEntries(inherited), NODE_COMPILE_CACHE: compiled, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  return child;
}

export function startHotcell(args: readonly string[], surroundings?: Surroundings): Running {
  return startNode([main, ...args], surroundings);
}

/** Runs to the end. */
export async function finished(child: Running): Promise<Run> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code: code as number | null, stdout, stderr };
}

/** What a process prints, read one question after the other. */
export class Lines {
  readonly #lines: AsyncIterator<string>;
  #errors = "";
  #ended = false;
  #wake = () => {};

  constructor(child: Running) {
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on("data", (chunk: Buffer) => {
      this.#errors += chunk;
      this.#wake();
    });
    child.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Lines of standard output up to the one that matches. Throws when the process ends before that. */
  async until(pattern: RegExp): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`ended before ${pattern}:\n${lines.join("\n")}\n${this.#errors}`);
      lines.push(value);
      if (pattern.test(value)) return lines;
    }
  }

  /** What came on standard error since the last time, once that matches. Throws when the process ends before. */
  async error(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#errors)) {
      if (this.#ended) throw new Error(`ended before ${pattern}:\n${this.#errors}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const errors = this.#errors;
    this.#errors = "";
    return errors;
  }
}
