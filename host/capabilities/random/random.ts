import { getRandomValues } from "node:crypto";
import * as v from "valibot";
import { cellBounds } from "../../bounds/cell-bounds.ts";
import type { HostPrice } from "../../engine/engine.ts";
import { TrapError } from "../../errors.ts";
import { hostCosts } from "../../fuel-prices.ts";
import { type Capability, wasi02 } from "../capability.ts";
import { randomWit } from "./random-wit.ts";

const schema = v.strictObject({ seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))) });

/** The most bytes one call may ask for: no plugin can make the host allocate at will. */
const maxBytes = cellBounds.random.value;

const system: HostPrice = { call: hostCosts.random };

/** Price of repeatable numbers; more than a call gives traps at once. */
const seeded: HostPrice = {
  call: hostCosts.random,
  touched: (length: bigint) => Math.min(Number(length), maxBytes) * hostCosts.seededByte,
};

/** Prices that hold where random numbers have a seed, by interface. */
const seededPrices = {
  "wasi:random/random": { "get-random-bytes": seeded },
  "wasi:random/insecure": { "get-insecure-random-bytes": seeded },
};

/**
 * `wasi:random`. The insecure numbers and seeds need no grant: hash tables of most toolchains ask for them, and they
 * tell nothing. `{ "seed": 7 }` makes all of them repeatable (and guessable), for checks only.
 */
export const random: Capability<v.InferOutput<typeof schema>> = {
  name: "random",
  grant: {
    allows: "cryptographically secure random numbers",
    settings: schema,
    within: ({ seed }, granted) => seed !== undefined || granted.seed === undefined,
  },
  offers: [
    ...wasi02(["wasi:random/random"], { free: false }),
    ...wasi02(["wasi:random/insecure", "wasi:random/insecure-seed"], { free: true }),
  ],
  wit: { "wasi:random": randomWit },
  prices: {
    "wasi:random/random": { "*": system },
    "wasi:random/insecure": { "*": system },
    "wasi:random/insecure-seed": { "insecure-seed": { call: 2 * hostCosts.random } },
  },
  bind({ seed } = {}) {
    return {
      ...(seed !== undefined && { prices: seededPrices }),
      supply() {
        let fill = fillFrom(seed);
        const bytes = (name: string) => (length: bigint) => {
          if (length <= maxBytes) return fill(Number(length));
          throw new TrapError(`${name} was asked for ${length} bytes; one call gives at most ${maxBytes}.`, {
            subject: name,
            limit: maxBytes,
            actual: `${length}`,
            remedy: "Ask for fewer bytes at a time.",
          });
        };
        const u64 = () => new DataView(fill(8).buffer).getBigUint64(0, true);
        return {
          interfaces: {
            "wasi:random/random": {
              getRandomBytes: bytes("wasi:random/random#get-random-bytes"),
              getRandomU64: u64,
            },
            "wasi:random/insecure": {
              getInsecureRandomBytes: bytes("wasi:random/insecure#get-insecure-random-bytes"),
              getInsecureRandomU64: u64,
            },
            "wasi:random/insecure-seed": { insecureSeed: () => [u64(), u64()] },
          },
          reset() {
            fill = fillFrom(seed);
          },
        };
      },
    };
  },
};

type Fill = (length: number) => Uint8Array<ArrayBuffer>;

function fillFrom(seed: number | undefined): Fill {
  return seed === undefined ? secureBytes : seededBytes(seed);
}

function secureBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  // getRandomValues refuses more than 64 KiB at a time.
  for (let at = 0; at < length; at += 65_536) getRandomValues(bytes.subarray(at, at + 65_536));
  return bytes;
}

/** SplitMix64: small, and its sequence is the same everywhere. */
function seededBytes(seed: number): Fill {
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
