/** `wasi:io/poll`. */
import { suspending } from "../../engine/engine.ts";
import { suspendingNodes } from "../../engine/suspension.ts";
import { TrapError } from "../../errors.ts";
import type { HostObjects } from "./host-objects.ts";

/** Event that a pollable waits for. */
export interface Event {
  /** Time at which it is ready, by the clock of the cell's that it belongs to. */
  readonly at?: bigint;
  ready(): boolean;
  /** Calls back once, when it is ready, unless what it returned is called before. */
  whenReady(callback: () => void): () => void;
}

/** Event that has been. */
export const now: Event = { ready: () => true, whenReady: () => () => {} };

/** One that can't suspend its guest: where that is needed it traps. */
export class Pollable {
  readonly #objects: HostObjects;
  readonly event: Event;

  constructor(objects: HostObjects, event: Event = now) {
    objects.add();
    this.#objects = objects;
    this.event = event;
  }

  ready(): boolean {
    return this.event.ready();
  }

  block(): undefined | Promise<void> {
    return this.ready() ? undefined : cannotWait("wasi:io/poll#[method]pollable.block");
  }

  [Symbol.dispose](): void {
    this.#objects.remove();
  }
}

/** The class of pollables for cells that can be suspended. */
export class SuspendingPollable extends Pollable {
  override block(): undefined | Promise<void> {
    return this.ready() ? undefined : oneOf([this]);
  }
}
suspending(SuspendingPollable.prototype.block);

/** The indices of those that are ready. */
export function poll(pollables: readonly Pollable[]): Uint32Array {
  const ready = readyOf(pollables);
  return ready.length > 0 ? ready : cannotWait("wasi:io/poll#poll");
}

/** The same; waits for the first. */
export const suspendingPoll = suspending(
  (pollables: readonly Pollable[]): Uint32Array | Promise<Uint32Array> => {
    const ready = readyOf(pollables);
    return ready.length > 0 ? ready : oneOf(pollables).then(() => readyOf(pollables));
  },
);

function readyOf(pollables: readonly Pollable[]): Uint32Array {
  if (pollables.length === 0) {
    throw new TrapError("poll was called with an empty list, which nothing can end.", {
      subject: "wasi:io/poll#poll",
      remedy: "Give at least one pollable.",
    });
  }
  const ready: number[] = [];
  for (let i = 0; i < pollables.length; i++) if (pollables[i]!.ready()) ready.push(i);
  return Uint32Array.from(ready);
}

/** Resolves when one of them is ready, and leaves nothing behind with the others. */
function oneOf(pollables: readonly Pollable[]): Promise<void> {
  return new Promise((resolve) => {
    const cancels: (() => void)[] = [];
    const done = () => {
      for (const cancel of cancels) cancel();
      resolve();
    };
    for (const event of awaited(pollables)) cancels.push(event.whenReady(done));
  });
}

/** Events to wait for. Of those that a clock makes ready it is the first: timers cost far more than looking. */
function awaited(pollables: readonly Pollable[]): Set<Event> {
  const events = new Set<Event>();
  let first: Event | undefined;
  for (const { event } of pollables) {
    if (event.at === undefined) events.add(event);
    else if (first?.at === undefined || event.at < first.at) first = event;
  }
  if (first) events.add(first);
  return events;
}

export function cannotWait(name: string): never {
  throw new TrapError(`The plugin wanted to wait (${name}), but can't be suspended here.`, {
    subject: name,
    expected: "a Node with JavaScript Promise Integration (WebAssembly.Suspending)",
    remedy: `Run the host on ${suspendingNodes}, or let the plugin not wait.`,
  });
}
