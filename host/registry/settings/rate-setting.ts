/** Setting `rate`: requests that each client of a plugin may make. */
import * as v from "valibot";
import type { RequestRate } from "../../access/request-rates.ts";

const most = 1_000_000;
const day = 86_400;

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

export const rateSchema = v.strictObject({
  requests: count(most),
  seconds: v.optional(count(day)),
  burst: v.optional(count(most)),
  per: v.optional(v.picklist(["address", "token"])),
});

/** Rate that was asked for, the defaults left out. */
export type AskedRate = v.InferOutput<typeof rateSchema>;

/** Rate that holds for who asked for this. */
export function rateThatHolds({
  requests,
  seconds = 1,
  burst = requests,
  per = "address",
}: AskedRate): RequestRate {
  return { requests, seconds, burst, per };
}
