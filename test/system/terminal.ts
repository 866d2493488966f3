/** A real terminal, tmux's, in which the command line runs; what it shows is read as a person would see it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { inject, vi } from "vitest";
import { root } from "../support/cli.ts";

/** False where this machine has no tmux, and need not have one. */
export const hasTerminal = !inject("missing").includes("tmux");

/** The shell's own answer to a line, and nothing that a person's settings say. */
const prompt = "READY> ";

const run = promisify(execFile);

export class Terminal implements AsyncDisposable {
  readonly #socket = `hotcell-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

  private constructor() {}

  /** One of that size, with a shell that has `hotcell` in its path; `environment` is all that it knows of hosts. */
  static async open(
    columns: number,
    rows: number,
    environment: Readonly<Record<string, string>>,
    shell: readonly string[] = ["bash", "--norc", "--noprofile"],
  ): Promise<Terminal> {
    const terminal = new Terminal();
    const variables = Object.entries({ PS1: prompt, PROMPT: prompt, ...environment });
    await terminal.#tmux(
      ...[
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-x",
        `${columns}`,
        "-y",
        `${rows}`,
        "-c",
        environment.HOME ?? root,
      ],
      ...[
        "env",
        "-i",
        "TERM=screen",
        "LANG=C.UTF-8",
        ...variables.map(([name, value]) => `${name}=${value}`),
      ],
      ...shell,
    );
    return terminal;
  }

  /** Types a text as it is, and then keys by their names: `Enter`, `Tab`, `C-c`. */
  async type(text: string, ...keys: readonly string[]): Promise<void> {
    if (text !== "") await this.#tmux("send-keys", "-l", "--", text);
    if (keys.length > 0) await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** What it shows, once that matches. */
  async shows(pattern: RegExp): Promise<string> {
    let screen = "";
    await vi
      .waitUntil(
        async () => {
          screen = await this.#tmux("capture-pane", "-p");
          return pattern.test(screen);
        },
        { timeout: 60_000, interval: 100 },
      )
      .catch(() => {
        throw new Error(`The terminal does not show ${pattern}:\n${screen}`);
      });
    return screen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    return (await run("tmux", ["-L", this.#socket, ...args])).stdout;
  }
}
