import { isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkOf } from "../../host/access/client-network.ts";

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
