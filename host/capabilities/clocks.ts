import * as v from "valibot";
import { type Capability, isWasi02 } from "./capability.ts";
import { parseBySchema } from "./settings.ts";

const isoInstant = v.pipe(v.string(), v.isoTimestamp());
const schema = v.union([v.literal(true), v.strictObject({ fixed: v.optional(isoInstant) })]);

/** `wasi:clocks/wall-clock` and `monotonic-clock`. `{ "fixed": "<RFC 3339 instant>" }` stops both, for exact checks. */
export const clocks: Capability = {
  name: "clocks",
  allows: "reading the wall clock and a monotonic clock",
  interfaces: ["wasi:clocks/wall-clock", "wasi:clocks/monotonic-clock"],
  supports: isWasi02,
  check(settings) {
    parseBySchema(schema, settings, "grants.clocks");
  },
  supply(settings) {
    const parsed = parseBySchema(schema, settings, "grants.clocks");
    const fixed = parsed === true || parsed.fixed === undefined ? undefined : Date.parse(parsed.fixed);
    const wall = () => datetime(fixed ?? Date.now());
    const datetimeType = "func() -> record { seconds: u64, nanoseconds: u32 }";
    return {
      "wasi:clocks/wall-clock": {
        now: { type: datetimeType, call: wall },
        resolution: { type: datetimeType, call: () => datetime(1) },
      },
      "wasi:clocks/monotonic-clock": {
        now: { type: "func() -> u64", call: fixed === undefined ? () => process.hrtime.bigint() : () => 0n },
        resolution: { type: "func() -> u64", call: () => 1n },
      },
    };
  },
};

function datetime(milliseconds: number): { seconds: bigint; nanoseconds: number } {
  // A u64 can't be before 1970; nor can a host's clock, short of a broken one.
  const since1970 = Math.max(0, Math.floor(milliseconds));
  return { seconds: BigInt(Math.floor(since1970 / 1000)), nanoseconds: (since1970 % 1000) * 1_000_000 };
}
