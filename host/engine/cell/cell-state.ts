import { ExitError, HotcellError } from "../../errors.ts";
import type { Growth } from "../../harden/growth-word.ts";
import type { Sources } from "../../harden/sources.ts";
import { Scrubber } from "../../text/scrubber.ts";
import { reworded } from "../abi-trap.ts";
import { leaveOf, tooLate } from "../call-context.ts";
import type { CellOptions } from "../engine.ts";
import { Meter } from "../fuel/meter.ts";
import { isAbort, type Trapped, trapFrom } from "../trap.ts";
import { AttemptError } from "./attempt.ts";
import { CellCall } from "./cell-call.ts";
import type { CellHome } from "./cell-home.ts";
import { refusedGrowth, tooMuchAtOnce } from "./refused-growth.ts";
import type { Sleep } from "./sleep.ts";
import { uncatchable } from "./uncatchable.ts";
import { wasmStack } from "./wasm-stack.ts";

const idle = 0;
const running = 1;
/** Still running, after a function it called has failed. */
const failing = 2;
const dead = 3;

/** Code that a cell runs. */
interface CellCode {
  /** Bytes of its core modules, hardened. */
  readonly codeBytes: number;
  readonly sources: Sources;
}

type Home = Pick<CellHome, "price" | "bounds">;

/** Failure of a function that a guest called, and how things stood then. */
interface Failure {
  readonly thrown: unknown;
  readonly spent: boolean;
  readonly refusal: Growth | undefined;
}

/** State of a cell: it runs, may run, or has ended, and why. Entering and leaving happens with every call. */
export class CellState {
  #state: typeof idle | typeof running | typeof failing | typeof dead = running;
  /** The first thing that went wrong in a function the guest called; a guest may have caught it and gone on. */
  #failure: Failure | undefined;
  readonly #onEnd: (() => void)[] = [];

  readonly #reason: (scrubber: Scrubber) => string | undefined;
  readonly #home: Home;
  readonly #plugin: string | undefined;
  readonly #scrubber: Scrubber | undefined;
  readonly #sources: Sources;
  readonly #wake: (() => Promise<void>) | undefined;
  readonly call: CellCall;

  /** Why a host function can't suspend the guest just now; undefined when it can, if the cell suspends at all. */
  held: string | undefined = "the plugin is starting";

  /** `reason` is asked, before the guest is given up, why it aborted. The budget in the options is for each call. */
  constructor(
    reason: (scrubber: Scrubber) => string | undefined,
    options: CellOptions,
    home: Home,
    { codeBytes, sources }: CellCode,
  ) {
    this.#reason = reason;
    this.#home = home;
    this.#plugin = options.plugin;
    this.#scrubber = options.scrubber;
    this.#wake = options.wake;
    this.#sources = sources;
    this.call = new CellCall(new Meter(options, home.price, codeBytes));
    this.call.meter.begin();
  }

  get alive(): boolean {
    return this.#state !== dead;
  }

  get running(): boolean {
    return this.#state === running || this.#state === failing;
  }

  /** `release` gives up what would keep the dead guest's memory. */
  onEnd(release: () => void): void {
    this.#onEnd.push(release);
  }

  enter(subject: string): void {
    if (this.#state !== idle) this.#refuse(subject);
    this.#state = running;
    this.call.attemptable = true;
    this.call.meter.begin();
  }

  /** Throws what went wrong meanwhile. */
  leave(): void {
    if (this.#state === running) this.#state = idle;
    else this.guard();
    this.call.meter.end();
  }

  /** The guest is about to be suspended. */
  sleep(sleep: Sleep): void {
    this.call.attemptable = false;
    this.call.sleep = sleep;
    this.call.meter.sleep();
  }

  /** Fulfilled when the guest is to go on, and the thread is free for it. */
  woken(sleep: Sleep): Promise<void> {
    return this.#wake ? sleep.woken.then(this.#wake) : sleep.woken;
  }

  /** It has been woken. Throws where it may not go on. */
  wake(): void {
    this.call.sleep = undefined;
    this.call.meter.resume();
    this.guard();
  }

  /** Gives what to throw at the guest after a function it called has failed. The cell ends when its call does. */
  fail(thrown: unknown): unknown {
    this.#failure ??= { thrown, spent: this.call.meter.spent, refusal: this.call.meter.refusal };
    if (this.#state === running) this.#state = failing;
    this.call.meter.stop();
    return uncatchable();
  }

  /** Stops a guest that goes on although a function it called has failed. */
  guard(): void {
    if (this.#failure) throw this.#failure.thrown;
  }

  /** Ends the cell because a call threw, and gives what its caller is to be thrown. */
  end(thrown: unknown, subject: string, doing: string): HotcellError {
    const { spent, refusal } = this.#failure ?? this.call.meter;
    const { overflowed, unwanted, context } = this.call.meter;
    this.call.meter.end();
    const scrubber = this.#scrubber ?? new Scrubber([]);
    const told = this.#failure === undefined && isAbort(thrown) ? this.#reason(scrubber) : undefined;
    const cause = this.#failure ? this.#failure.thrown : thrown;
    const own = wasmStack(cause, this.#sources);
    const frames = own.length > 0 ? own : wasmStack(thrown, this.#sources);
    const place = frames.find(({ author }) => author)?.author;
    const trapped = { plugin: this.#plugin, subject, doing, told, place, scrubber };
    if (this.call.attempt && !unwanted && (spent || cause instanceof AttemptError)) {
      this.dispose();
      return new AttemptError();
    }
    // Before the memory that it has is given back.
    const lack = refusal && refusedGrowth(refusal, cause, trapped, this.#home.bounds);
    this.dispose();
    if (unwanted) return leaveOf(context, subject, "under way") ?? tooLate(subject, "under way");
    if (overflowed) return this.call.meter.tooLarge(trapped);
    if (!spent && cause instanceof ExitError) return exited(cause.exitStatus, trapped);
    if (!spent && cause instanceof HotcellError) return cause;
    const error = spent
      ? this.call.meter.exhausted(trapped)
      : (lack ?? tooMuchAtOnce(trapped, this.#home.bounds) ?? trapFrom(reworded(cause), trapped));
    const stack = frames.map(({ text }) => scrubber.scrub(text));
    if (stack.length > 0) Object.assign(error.facts, { extra: { ...error.facts.extra, stack } });
    return error;
  }

  /** A guest that is suspended is woken for it to find out that it may not go on: else its stack would stay for ever. */
  dispose(): void {
    this.#state = dead;
    for (const release of this.#onEnd.splice(0)) release();
    const { sleep } = this.call;
    if (sleep === undefined) return;
    this.#failure ??= { thrown: ended(), spent: false, refusal: undefined };
    sleep.end();
  }

  /** Throws `closed` if the cell has ended while a call of it was suspended. */
  checkAlive(): void {
    if (this.#state === dead) throw ended();
  }

  #refuse(subject: string): never {
    if (this.#state === dead) {
      throw new HotcellError("closed", `"${subject}" was called in a cell that has ended.`, {
        subject,
        remedy: "Take a new cell.",
      });
    }
    throw new HotcellError("fault", `"${subject}" was called while its cell runs; cells are not reentrant.`, {
      subject,
      remedy: this.call.sleep
        ? "The cell's call is suspended: wait until it has ended, or take another cell."
        : "A host function can't call back into the plugin that called it: let it return first, or open the plugin in mode fresh, where each call has a cell of its own.",
    });
  }
}

function exited(status: number, { plugin = "The plugin", subject, doing }: Trapped): ExitError {
  return new ExitError(status, `${plugin} ended itself (wasi:cli/exit) with status ${status} ${doing}.`, {
    subject,
    expected: "0",
    actual: status,
    remedy:
      "Look at what it printed, which is in its log where it is granted logging. Its cell is gone with all it held; the next call gets a new one.",
  });
}

function ended(): HotcellError {
  return new HotcellError("closed", "The cell was ended while a call of it was under way.", {
    remedy: "Call again, unless you closed it yourself: the call may have had effects already.",
  });
}
