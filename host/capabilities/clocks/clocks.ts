import * as v from "valibot";
import { type Binding, type Capability, type CellContext, wasi02 } from "../capability.ts";
import { allValues, object, values } from "../kit/common-prices.ts";
import type { Event } from "../kit/pollable.ts";
import { clocksWit } from "./clocks-wit.ts";

const isoInstant = v.pipe(v.string(), v.isoTimestamp());
/** A millisecond is too coarse to tell by it what others do to caches that a plugin shares with them. */
const milliseconds = v.pipe(v.number(), v.minValue(0.001), v.maxValue(60_000));
const schema = v.strictObject({ fixed: v.optional(isoInstant), resolution: v.optional(milliseconds, 1) });

const defaults = v.getDefaults(schema);

/** The longest that setTimeout knows, in milliseconds. */
const maxTimeout = 2 ** 31 - 1;

const subscriptions = ["subscribe-instant", "subscribe-duration"];

/**
 * `wasi:clocks`. Both clocks go in steps of `resolution` milliseconds (1 by default), the monotonic one from the
 * deployment on, so that it does not tell how long the machine is up. `{ "fixed": "<RFC 3339 instant>" }` stops both,
 * for exact checks; then nothing waits. The time zone is UTC.
 */
export const clocks: Capability<v.InferOutput<typeof schema>> = {
  name: "clocks",
  grant: {
    allows: "reading the wall clock and a monotonic clock, and waiting",
    settings: schema,
    // What stands still tells nothing.
    within: ({ fixed, resolution }, granted) =>
      fixed !== undefined || (granted.fixed === undefined && resolution >= granted.resolution),
  },
  offers: wasi02(["wasi:clocks/wall-clock", "wasi:clocks/monotonic-clock", "wasi:clocks/timezone"], {
    free: false,
  }),
  wit: { "wasi:clocks": clocksWit },
  prices: {
    "wasi:clocks/wall-clock": allValues,
    "wasi:clocks/monotonic-clock": {
      now: values,
      resolution: values,
      "subscribe-instant": object,
      "subscribe-duration": object,
    },
    "wasi:clocks/timezone": allValues,
  },
  bind({ fixed, resolution } = defaults): Binding {
    const step = BigInt(Math.round(resolution * 1e6));
    const floor = (nanoseconds: bigint) => nanoseconds - (nanoseconds % step);
    const began = process.hrtime.bigint();
    const now = fixed === undefined ? () => floor(process.hrtime.bigint() - began) : () => 0n;
    const stopped = fixed === undefined ? undefined : datetime(sinceEpoch(Date.parse(fixed)));
    const wall = () => stopped ?? datetime(floor(sinceEpoch(Date.now())));
    // The host's own wall clock knows no less than a millisecond.
    const wallStep = datetime(step > 1_000_000n ? step : 1_000_000n);
    return {
      ...(fixed === undefined && {
        waits: subscriptions.map((name) => `wasi:clocks/monotonic-clock#${name}`),
      }),
      supply(cell) {
        const timers = new Set<NodeJS.Timeout>();
        const subscribe = (when: bigint) =>
          fixed === undefined ? pollableAt(when, now, timers, cell) : new cell.Pollable(cell.objects);
        return {
          interfaces: {
            "wasi:clocks/wall-clock": { now: wall, resolution: () => wallStep },
            "wasi:clocks/monotonic-clock": {
              now,
              resolution: () => step,
              subscribeInstant: subscribe,
              subscribeDuration: (duration: bigint) => subscribe(now() + duration),
            },
            "wasi:clocks/timezone": {
              display: () => ({ utcOffset: 0, name: "UTC", inDaylightSavingTime: false }),
              utcOffset: () => 0,
            },
          },
          release() {
            for (const timer of timers) clearTimeout(timer);
            timers.clear();
          },
        };
      },
    };
  },
};

function pollableAt(when: bigint, now: () => bigint, timers: Set<NodeJS.Timeout>, cell: CellContext) {
  const event: Event = {
    at: when,
    // By the clock that the guest sees: else it would be one of a finer resolution.
    ready: () => now() >= when,
    whenReady(callback) {
      let timer: NodeJS.Timeout;
      const wait = () => {
        const left = Number(when - now()) / 1e6;
        timer = setTimeout(again, Math.max(1, Math.min(Math.ceil(left), maxTimeout)));
        timers.add(timer);
      };
      const again = () => {
        timers.delete(timer);
        if (event.ready()) callback();
        else wait();
      };
      wait();
      return () => {
        clearTimeout(timer);
        timers.delete(timer);
      };
    },
  };
  return new cell.Pollable(cell.objects, event);
}

/** Nanoseconds. A u64 can't be before 1970; nor can a host's clock, short of a broken one. */
function sinceEpoch(milliseconds: number): bigint {
  return BigInt(Math.max(0, Math.floor(milliseconds))) * 1_000_000n;
}

function datetime(nanoseconds: bigint): { seconds: bigint; nanoseconds: number } {
  return { seconds: nanoseconds / 1_000_000_000n, nanoseconds: Number(nanoseconds % 1_000_000_000n) };
}
