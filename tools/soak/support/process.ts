/** `hotcell serve` as a process of its own, which a soak may kill, and what is asked of it. */
import { once } from "node:events";
import { Lines, type Running, startHotcell } from "../../../test/support/cli.ts";

const token = "a-token-for-tests";

export class ServerProcess {
  readonly url: string;
  readonly #child: Running;
  readonly #exited: Promise<unknown>;
  /** Whether it was told to end. */
  killed = false;

  private constructor(child: Running, url: string) {
    this.#child = child;
    this.#exited = once(child, "exit");
    this.url = url;
    child.stdout.resume();
  }

  /** Resolves when it is ready. Throws with what it printed when it does not start. */
  static async start(
    data: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ServerProcess> {
    const child = startHotcell(["serve", "--port", "0", "--data", data], {
      environment: { HOTCELL_TOKEN: token, ...environment },
    });
    const said = await new Lines(child).until(/^Hotcell listens on /);
    const url = said.at(-1)!.split(" ").at(-1)!;
    const server = new ServerProcess(child, url);
    const ready = await server.ask("GET", "/readyz");
    if (ready.status !== 200) throw new Error(`not ready: ${ready.status} ${JSON.stringify(ready.body)}`);
    return server;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    this.killed = true;
    this.#child.kill(signal);
    await this.#exited;
  }

  /** Throws what fetch throws when the process dies before its answer is whole. */
  async ask(method: string, path: string, body?: object | Uint8Array<ArrayBuffer>): Promise<Answer> {
    const binary = body instanceof Uint8Array;
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { "content-type": binary ? "application/wasm" : "application/json" }),
      },
      ...(body && { body: binary ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  }
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
