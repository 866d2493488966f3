import { getRandomValues } from "node:crypto";
import * as v from "valibot";
import { TrapError } from "../errors.ts";
import { type Capability, isWasi02 } from "./capability.ts";
import { parseBySchema } from "./settings.ts";

const schema = v.union([
  v.literal(true),
  v.strictObject({ seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))) }),
]);

/** The most bytes one call may ask for: no plugin can make the host allocate at will. */
const maxBytes = 1 << 20;

/** `wasi:random/random`. `{ "seed": 7 }` makes a repeatable (and guessable) sequence, for checks only. */
export const random: Capability = {
  name: "random",
  allows: "cryptographically secure random numbers",
  interfaces: ["wasi:random/random"],
  supports: isWasi02,
  check(settings) {
    parseBySchema(schema, settings, "grants.random");
  },
  supply(settings) {
    const parsed = parseBySchema(schema, settings, "grants.random");
    const fill = parsed === true || parsed.seed === undefined ? secureBytes : seededBytes(parsed.seed);
    return {
      "wasi:random/random": {
        "get-random-bytes": {
          type: "func(len: u64) -> list<u8>",
          call: (length: bigint) => {
            if (length <= BigInt(maxBytes)) return fill(Number(length));
            throw new TrapError(
              `get-random-bytes was asked for ${length} bytes; one call gives at most ${maxBytes}.`,
              {
                subject: "wasi:random/random#get-random-bytes",
                limit: maxBytes,
                actual: `${length}`,
                remedy: "Ask for fewer bytes at a time.",
              },
            );
          },
        },
        "get-random-u64": {
          type: "func() -> u64",
          call: () => new DataView(fill(8).buffer).getBigUint64(0, true),
        },
      },
    };
  },
};

function secureBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  // getRandomValues refuses more than 64 KiB at a time.
  for (let at = 0; at < length; at += 65_536) getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** SplitMix64: small, and its sequence is the same everywhere. */
function seededBytes(seed: number): (length: number) => Uint8Array<ArrayBuffer> {
  let state = BigInt(seed);
  const next = () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  return (length) => {
    const words = new BigUint64Array(Math.ceil(length / 8)).map(next);
    return new Uint8Array(words.buffer, 0, length);
  };
}
