import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FailedTokens } from "../../host/access/failed-tokens.ts";
import { RequestRates } from "../../host/access/request-rates.ts";
import { wholeSeconds } from "../../host/platform/whole-seconds.ts";

describe("seconds that clients are told to wait", () => {
  it("are rounded up", () => {
    expect([1, 999, 1000, 1001, 60_000].map(wholeSeconds)).toEqual([1, 1, 1, 2, 60]);
  });

  it("are the same however long the host runs: sums of its clock are not exact", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e12, noNaN: true }),
        fc.integer({ min: 1, max: 7200 }),
        (now, s) => {
          // A clock of that size tells no less than so much.
          const exact = now < 1e9;
          expect(!exact || wholeSeconds(now + s * 1000 - now) === s).toBe(true);
        },
      ),
    );
    const now = 863_810.1309537204;
    const rates = new RequestRates(undefined, () => now);
    const rate = { requests: 1, seconds: 3600, burst: 2, per: "address" } as const;
    expect(rates.take("shop", "a", rate).left).toBe('"shop";r=1;t=3600');
    const failed = new FailedTokens({ burst: 2, interval: 1000, addresses: 10 }, () => 1_048_296.5438164462);
    failed.count("a");
    expect(failed.wait("a")).toBe(0);
  });
});
