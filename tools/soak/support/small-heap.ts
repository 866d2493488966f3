/** A host with a heap of 512 MB as a process of its own, and what is asked of it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export const token = "a-token-for-a-small-heap";
export const checkout = fileURLToPath(new URL("../../..", import.meta.url));

/** MiB after a collection, and bytes of the host's account that are taken. */
export interface Memory {
  readonly used: number;
  readonly resident: number;
  readonly account: number;
}

export class HostProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  /** How it ended, if it did. */
  died: string | undefined;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    child.once("exit", (code, signal) => {
      this.died = `${signal ?? code}`;
    });
  }

  /** `root` is a checkout. */
  static async start(data: string, root = checkout): Promise<HostProcess> {
    const child = fork(fileURLToPath(new URL("host-process.ts", import.meta.url)), [root, data, token], {
      execArgv: ["--max-old-space-size=512"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const [{ url }] = (await once(child, "message")) as [{ url: string }];
    return new HostProcess(child, url);
  }

  async memory(): Promise<Memory> {
    if (this.exited) throw new Error("no host");
    this.#child.send("memory");
    const exit = once(this.#child, "exit").then(() => {
      throw new Error("no host");
    });
    const message = once(this.#child, "message") as Promise<[Memory]>;
    return (await Promise.race([message, exit]))[0];
  }

  /** What was sent to it before is received, and what it does with that is as good as done. */
  async settled(): Promise<void> {
    for (let round = 0; round < 20; round++) await this.alive();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }

  get exited(): boolean {
    return this.died !== undefined;
  }

  async alive(): Promise<boolean> {
    const answers = await Promise.all(
      // The last one asks the store, behind what others have asked of it.
      ["/healthz", "/readyz", "/plugins", "/tokens"].map((path) =>
        fetch(this.url + path, { headers: { authorization: `Bearer ${token}` } }).catch(() => undefined),
      ),
    );
    for (const answer of answers) await answer?.arrayBuffer();
    return answers.every((answer) => answer?.status === 200);
  }

  async put(name: string, wasm: Uint8Array, query = ""): Promise<{ version: string }> {
    return (await this.#send("PUT", `/plugins/${name}${query}`, "application/wasm", wasm)) as {
      version: string;
    };
  }

  async configure(name: string, settings: object): Promise<void> {
    await this.#send("PATCH", `/plugins/${name}`, "application/json", JSON.stringify(settings));
  }

  async call(path: string, args: unknown[]): Promise<void> {
    await this.#send("POST", `/call/${path}`, "application/json", JSON.stringify(args));
  }

  async end(): Promise<void> {
    if (this.exited) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  async #send(method: string, path: string, type: string, body: string | Uint8Array): Promise<unknown> {
    const answer = await fetch(this.url + path, {
      method,
      body: body as string,
      headers: { authorization: `Bearer ${token}`, "content-type": type },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
