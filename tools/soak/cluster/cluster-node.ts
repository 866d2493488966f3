/** `hotcell serve` on a store of several hosts, as a process of its own that is killed and started again on its port. */
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { type Running, startHotcell } from "../../../test/support/cli.ts";
import type { Machine } from "../../../test/system/nats/network-namespaces.ts";
import { waitedFor } from "./waited-for.ts";

const clusterToken = "a-token-for-tests-of-clusters";

/** Time that a process was there, in milliseconds of this process's clock. */
export interface NodeLife {
  readonly spawned: number;
  /** Time at which it was ready; infinite before that. */
  ready: number;
  killed: number;
  /** Time at which it was gone. */
  gone: number;
}

export class ClusterNode {
  readonly name: string;
  readonly url: string;
  readonly lives: NodeLife[] = [];
  readonly #start: () => Running;
  #child: Running | undefined;
  #said = "";

  /** On a machine it tells the others to reach it there. */
  constructor(
    name: string,
    { port, data, store, machine }: { port: number; data: string; store: string; machine?: Machine },
  ) {
    this.name = name;
    this.url = `http://${machine?.front ?? "127.0.0.1"}:${port}`;
    const options = ["--port", `${port}`, "--data", data, "--store", store, "--keep-versions", "500"];
    if (machine) options.push("--host", machine.front, "--node-address", machine.address);
    const environment = { HOTCELL_TOKEN: clusterToken, HOTCELL_NATS_REPLICAS: "3" };
    this.#start = () =>
      startHotcell(["serve", ...options], { environment, ...(machine && { enter: machine.enter }) });
  }

  get ready(): boolean {
    const life = this.lives.at(-1);
    return life !== undefined && life.ready < Infinity && life.killed === Infinity;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** What it printed last. */
  get said(): string {
    return this.#said;
  }

  /** Resolves when it takes calls. One that ends since the store can't be used yet is started again, as whoever supervises it does. */
  async start(): Promise<void> {
    await waitedFor(`${this.name} to be ready`, () => this.#begin());
    this.lives.at(-1)!.ready = performance.now();
  }

  /** Resolves once it is ready. What it says of itself tells where it stands if it never is. */
  async untilReady(): Promise<void> {
    await waitedFor(`${this.name} to be ready`, () => this.ready).catch(async (error: Error) => {
      const asked = this.ask("GET", "/readyz?verbose", undefined, AbortSignal.timeout(5_000));
      const answer = await asked.then((response) => response.text()).catch((fault: Error) => `${fault}`);
      throw new Error(`${error.message} It answers: ${answer} It said: ${this.#said}`);
    });
  }

  /** False where it has ended by then. */
  async #begin(): Promise<boolean> {
    const child = this.#start();
    this.#child = child;
    this.#said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.#said = (this.#said + chunk).slice(-10_000);
      });
    const now = performance.now();
    const life: NodeLife = { spawned: now, ready: Infinity, killed: Infinity, gone: Infinity };
    this.lives.push(life);
    // Nobody starts it again, as it is to go on: what it said tells why it did not.
    child.once("exit", (code, signal) => {
      if (life.killed === Infinity && life.ready !== Infinity)
        console.error(`${this.name} ended by itself (${signal ?? code}). It said: ${this.#said}`);
    });
    const ready = await waitedFor("a host to answer", async () => {
      if (child.exitCode !== null) return "ended";
      const asked = fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(10_000) });
      const answer = await asked.catch(() => undefined);
      await answer?.text();
      return answer?.status === 200 && "ready";
    });
    if (ready === "ready") return true;
    if (!/^The store .* can't be used/m.test(this.#said)) throw new Error(`${this.name} ended by itself.`);
    this.lives.pop();
    return false;
  }

  /** By SIGKILL, but for who says otherwise. Resolves when it is gone. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    const life = this.lives.at(-1)!;
    life.killed = performance.now();
    child.kill(signal);
    await exited;
    life.gone = performance.now();
  }

  /** True where it was dying at some time between these. */
  diedBetween(start: number, end: number): boolean {
    return this.lives.some(({ killed, gone }) => start <= gone && killed <= end);
  }

  ask(
    method: string,
    path: string,
    body?: object,
    signal: AbortSignal = AbortSignal.timeout(60_000),
  ): Promise<Response> {
    const json = body !== undefined && !(body instanceof FormData);
    return fetch(this.url + path, {
      ...{ method, signal },
      headers: {
        authorization: `Bearer ${clusterToken}`,
        ...(json && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: json ? JSON.stringify(body) : (body as FormData) }),
    });
  }

  /** JSON of what it answers, once it does so with 200. */
  async answer<T>(path: string): Promise<T> {
    let last: unknown;
    const answered = waitedFor(`${this.name} to answer ${path}`, async () => {
      try {
        const answer = await this.ask("GET", path);
        if (answer.status === 200) return (await answer.json()) as T;
        last = `${answer.status} ${await answer.text()}`;
      } catch (error) {
        last = error;
      }
      await delay(50);
      return undefined;
    });
    return answered.catch((cause: Error) => {
      throw new Error(`${cause.message} It said last: ${last}`);
    });
  }
}
