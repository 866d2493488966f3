/** Counts what mutated requests are answered, and what should not have been answered so. */
import { memoryInUse } from "./collect.ts";
import type { Received } from "./pipeline.ts";

export interface TallyReport {
  /** How often each status, with a problem's code, came. */
  readonly answers: Readonly<Record<string, number>>;
  /** 5xx, no answer, or an error without a code. */
  readonly wrong: readonly string[];
  /** Milliseconds that the slowest batch took, or request where they go one by one. */
  readonly slowestMilliseconds: number;
  /** For how many of them, at most, the host's thread was busy: what else the machine does is left out. */
  readonly busyMilliseconds: number;
  readonly perSecond: number;
  /** Heap and array buffers after a collection: at the start, in the middle, at the end. */
  readonly usedMiB: readonly number[];
  readonly residentMiB: readonly number[];
}

export class Tally {
  readonly #answers = new Map<string, number>();
  readonly #wrong: string[] = [];
  readonly #used: number[] = [];
  readonly #resident: number[] = [];
  #slowest = 0;
  #busy = 0;
  #sent = 0;
  #spent = 0;

  /**
   * `origin` says how to make the request again. Where plugins answer themselves, `blamed` has the codes of 5xx that are
   * theirs; a status without a code is theirs, too.
   */
  add({ status, body }: Received, origin: string, blamed?: ReadonlySet<string>): void {
    const code = status < 400 ? "" : codeOf(body);
    const key = code ? `${status} ${code}` : `${status}`;
    this.#answers.set(key, (this.#answers.get(key) ?? 0) + 1);
    const ours = blamed ? code !== "" && !blamed.has(code) : !code || status >= 500;
    if (ours && (status >= 500 || (status >= 400 && !code)))
      this.fail(`${origin}: ${status} ${body.toString().slice(0, 300)}`);
  }

  fail(what: string): void {
    if (this.#wrong.length < 100) this.#wrong.push(what);
  }

  /** A part of the run, between two looks at memory. */
  async part(requests: number, run: () => Promise<void>): Promise<void> {
    if (this.#used.length === 0) await this.#look();
    const start = performance.now();
    await run();
    this.#spent += performance.now() - start;
    this.#sent += requests;
    await this.#look();
  }

  async timed<T>(ask: () => Promise<T>): Promise<T> {
    const [start, before] = [performance.now(), process.threadCpuUsage()];
    const answer = await ask();
    const { user, system } = process.threadCpuUsage(before);
    this.#slowest = Math.max(this.#slowest, performance.now() - start);
    this.#busy = Math.max(this.#busy, (user + system) / 1000);
    return answer;
  }

  async #look(): Promise<void> {
    const { used, resident } = await memoryInUse();
    this.#used.push(used);
    this.#resident.push(resident);
  }

  report(): TallyReport {
    return {
      answers: Object.fromEntries([...this.#answers].sort(([, a], [, b]) => b - a)),
      wrong: this.#wrong,
      slowestMilliseconds: Math.round(this.#slowest),
      busyMilliseconds: Math.round(this.#busy),
      perSecond: Math.round((this.#sent / this.#spent) * 1000),
      usedMiB: this.#used,
      residentMiB: this.#resident,
    };
  }
}

function codeOf(body: Buffer): string {
  try {
    const { code } = JSON.parse(body.toString()) as { code?: unknown };
    return typeof code === "string" ? code : "";
  } catch {
    return "";
  }
}
