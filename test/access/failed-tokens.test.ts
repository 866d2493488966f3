import { isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FailedTokens, networkOf } from "../../host/access/failed-tokens.ts";

describe("FailedTokens", () => {
  const start = (burst = 2, addresses = 10) => {
    let now = 5_000;
    const failures = new FailedTokens({ burst, interval: 1_000, addresses }, () => now);
    const pass = (milliseconds: number) => {
      now += milliseconds;
    };
    return { failures, pass };
  };

  it("gives back one failure an interval", () => {
    const { failures, pass } = start();
    expect(failures.wait("a")).toBe(0);
    failures.count("a");
    expect(failures.wait("a")).toBe(0);
    failures.count("a");
    expect(failures.wait("a")).toBe(1);
    pass(1_000);
    expect(failures.wait("a")).toBe(0);
    failures.count("a");
    expect(failures.wait("a")).toBe(1);
    pass(60_000);
    failures.count("a");
    expect(failures.wait("a")).toBe(0);
    failures.count("a");
    expect(failures.wait("a")).toBe(1);
  });

  it("makes nobody wait longer for coming too early", () => {
    const { failures, pass } = start();
    for (let i = 0; i < 1_000; i++) failures.count("a");
    expect(failures.wait("a")).toBe(1);
    pass(1_000);
    expect(failures.wait("a")).toBe(0);
  });

  it("knows addresses apart, and forgets the one that failed longest ago", () => {
    const { failures } = start(1, 3);
    for (const address of ["a", "b", "c"]) failures.count(address);
    expect(["a", "b", "c", "d"].map((address) => failures.wait(address))).toEqual([1, 1, 1, 0]);
    failures.count("d");
    expect(["a", "b", "c", "d"].map((address) => failures.wait(address))).toEqual([0, 1, 1, 1]);
  });
});

describe("networkOf", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:0DB8:0:0:1:2:3:4", "2001:db8:0:0"],
    ["2001:db8:1:2:3::", "2001:db8:1:2"],
    ["1::2:3:4:5:6:7", "1:0:2:3"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0"],
    ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4"],
    [undefined, ""],
  ])("of %s is %s", (address, network) => expect(networkOf(address)).toBe(network));

  it("is the first 64 bits, however an address is written", () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, fc.nat(8), fc.nat(8), (values, from, to) => {
        const [start, end] = from < to ? [from, to] : [to, from];
        const zeroed = values.map((value, at) => (at >= start && at < end ? 0 : value));
        const hex = zeroed.map((value) => value.toString(16));
        const short = `${hex.slice(0, start).join(":")}::${hex.slice(end).join(":")}`;
        const written = start === end ? hex.join(":") : short;
        expect(isIPv6(written)).toBe(true);
        expect(networkOf(written)).toBe(hex.slice(0, 4).join(":"));
      }),
    );
  });
});
