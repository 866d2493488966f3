/** Context that travels with a call from whoever makes it to the cell that runs it. Plain, so that an embedder can write one. */
import { HotcellError } from "../errors.ts";

/** Context of one call: what its maker says of it on the way in, and what it used on the way back. */
export interface CallContext extends CallOrigin {
  /** Units that it used; written when it ends, whether it returned or threw. */
  fuel: number;
  /**
   * False while it waits, true once its cell is at it: kept for a caller whose signal it has to be told apart for;
   * undefined where there is none.
   */
  began?: boolean | undefined;
  /** True where another host makes it here, which counts it. */
  readonly forHost?: boolean | undefined;
}

/** Origin of a call, as whoever works for it may know it: capabilities, backends and an embedder's functions. */
export interface CallOrigin extends Wishes {
  /** Carried along untouched, and told to others as far as it can be read. */
  readonly trace?: Trace | undefined;
  /** Name of who made it: `admin` or a token's id, where it needed one; or what an embedder says. */
  readonly caller?: string | undefined;
  /** Hears what became of a request that goes out for it, where somebody records that. */
  readonly wentOut?: ((request: OutgoingFacts) => void) | undefined;
}

/** Way of a call that plugins made by links: their names, the first one's first. Of no other call is one written. */
export interface WayOfCall {
  readonly way: readonly string[];
}

const noWay: readonly string[] = [];

export function wayOf(origin: CallOrigin | undefined): readonly string[] {
  return (origin as Partial<WayOfCall> | undefined)?.way ?? noWay;
}

/** Call that another host has sent to this one, for the cell that this one has: it goes no further. Of no other call one is written. */
export interface SentCall {
  /** Set to true where the cell is here no more. */
  sent: { refused: boolean };
}

export function sentIn(origin: CallOrigin | undefined): SentCall["sent"] | undefined {
  return (origin as Partial<SentCall> | undefined)?.sent;
}

/** Facts of a request to somebody outside, the last of those that it was led on to; without its path, which may have secrets in it. */
export interface OutgoingFacts {
  /** Method, host and port as far as what was asked for names them. */
  readonly method: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly scheme?: string | undefined;
  /** Status that was answered. */
  readonly status?: number | undefined;
  /** Tag of the error that the plugin was told in place of an answer (`wasi:http`'s `error-code`), or `abandoned`. */
  readonly error?: string | undefined;
}

/** Wishes of whoever makes a call, for how long it is to go on. */
export interface Wishes {
  /**
   * Aborted when whoever called does not wait for the answer any more. A function that gives the signal, where making one
   * costs more than most calls do: asked only once the call has to wait.
   */
  readonly signal?: AbortSignal | (() => AbortSignal) | undefined;
  /** Milliseconds, as `performance.now()` counts them, after which nobody wants the answer. */
  readonly deadline?: number | undefined;
}

/** Place of a call in a distributed trace (W3C Trace Context). */
export interface Trace {
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** Progress of a call: nothing of one that waits has happened, and its cell goes on. */
type Progress = "waiting" | "under way";

/** Milliseconds that a timer can wait: with more it would fire at once. */
const maxTimer = 2 ** 31 - 1;

/**
 * Throws `cancelled` or `timeout` for a call, of `subject`, that nobody wants any more before it begins. `waited`: whether
 * it has come to that, so that a signal is worth its making.
 */
export function requireWanted(wishes: Wishes | undefined, subject: string, waited = true): void {
  if (wishes === undefined) return;
  const { signal, deadline } = wishes;
  const left = waited || typeof signal === "object" ? leaveOf(wishes, subject, "waiting") : undefined;
  if (left) throw left;
  if (deadline !== undefined && performance.now() >= deadline) throw tooLate(subject, "waiting");
}

/**
 * Calls `gone`, at most once: with `cancelled` when the caller leaves, with `timeout` at the deadline, and at once where
 * that has been. Gives what ends the watch.
 */
export function watchLeaving(
  wishes: Wishes | undefined,
  subject: string,
  gone: (error: HotcellError) => void,
  progress: Progress = "waiting",
): () => void {
  if (wishes === undefined || (wishes.signal === undefined && wishes.deadline === undefined)) return nothing;
  const { deadline = Number.POSITIVE_INFINITY } = wishes;
  const signal = signalOf(wishes);
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    signal?.removeEventListener("abort", leave);
    clearTimeout(timer);
  };
  const leave = () => {
    end();
    gone(cancelled(subject, signal?.reason, progress));
  };
  if (signal?.aborted) {
    leave();
    return nothing;
  }
  signal?.addEventListener("abort", leave);
  const left = deadline - performance.now();
  const late = () => {
    end();
    gone(tooLate(subject, progress));
  };
  if (left <= maxTimer) timer = setTimeout(late, Math.max(0, Math.ceil(left)));
  return end;
}

/** Notes that a call begins, where its caller is to know. Throws `cancelled` or `timeout` where nobody wants it any more. */
export function begin(context: CallContext | undefined, subject: string): void {
  if (context?.began !== false) return;
  requireWanted(context, subject);
  context.began = true;
}

/**
 * Gives what a call comes to; rejects at once when its caller leaves while it runs, with the error as `told` gives it. A
 * call that waits leaves its place by itself, and only it knows that nothing of it has happened.
 */
export function unlessCallerLeft<T>(
  context: CallContext,
  subject: string,
  call: () => T | Promise<T>,
  told: (left: HotcellError) => HotcellError = (left) => left,
): Promise<T> {
  if (context.signal === undefined) return Promise.try(call);
  context.began = false;
  const outcome = Promise.try(call);
  return new Promise((resolve, reject) => {
    let left: HotcellError | undefined;
    const leave = (error: HotcellError) => {
      left = told(error);
      if (context.began) reject(left);
    };
    const end = watchLeaving({ signal: context.signal }, subject, leave, "under way");
    outcome.then((value) => (left ? reject(left) : resolve(value)), reject).finally(end);
  });
}

/** Gives what `waiting` comes to; rejects as soon as nobody wants the call any more that waits for it. */
export function unlessLeft<T>(wishes: Wishes | undefined, subject: string, waiting: Promise<T>): Promise<T> {
  if (wishes === undefined || (wishes.signal === undefined && wishes.deadline === undefined)) return waiting;
  return new Promise((resolve, reject) => {
    const end = watchLeaving(wishes, subject, reject);
    waiting.then(resolve, reject).finally(end);
  });
}

/** True for a call that runs and is wanted still. A signal that nobody has made yet can't have been aborted while it runs. */
export function isWanted({ signal, deadline }: Wishes, heedsSignal: boolean): boolean {
  if (deadline !== undefined && performance.now() >= deadline) return false;
  return !(heedsSignal && typeof signal === "object" && signal.aborted);
}

/** Tells an error of a call that nobody wanted any more from one of what it called. */
export function isUnwanted(error: unknown): boolean {
  if (!(error instanceof HotcellError)) return false;
  const { code, facts } = error;
  return code === "cancelled" || (code === "timeout" && facts.setting === undefined);
}

/** Error for a call whose caller has left by now; undefined where it has not. */
export function leaveOf(
  wishes: Wishes | undefined,
  subject: string,
  progress: Progress,
): HotcellError | undefined {
  const signal = wishes && signalOf(wishes);
  return signal?.aborted ? cancelled(subject, signal.reason, progress) : undefined;
}

/** Error for a call that came to no answer by its deadline. */
export function tooLate(subject: string, progress: Progress): HotcellError {
  const waiting = progress === "waiting";
  return new HotcellError(
    "timeout",
    `${subject} did not ${waiting ? "begin" : "end"} before the deadline that its call was given.`,
    {
      subject,
      remedy: waiting
        ? "Give the call a later deadline, or call when there is less to wait for."
        : "Give the call a later deadline, or look at what the function takes so long for.",
      ...(waiting && { extra: { began: false } }),
    },
  );
}

function cancelled(subject: string, reason: unknown, progress: Progress): HotcellError {
  const waiting = progress === "waiting";
  return new HotcellError(
    "cancelled",
    `Who called ${subject} left before it ${waiting ? "began" : "ended"}.`,
    {
      subject,
      remedy: waiting
        ? "Call again if the answer is wanted after all: nothing of it has happened."
        : "Call again if the answer is wanted after all; what it has done by now stays done.",
      ...(waiting && { extra: { began: false } }),
      cause: reason,
    },
  );
}

function signalOf({ signal }: Wishes): AbortSignal | undefined {
  return typeof signal === "function" ? signal() : signal;
}

function nothing(): void {}
