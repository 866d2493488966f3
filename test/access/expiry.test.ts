import { expect, it } from "vitest";
import { expiryOf } from "../../host/access/expiry.ts";
import { refusal } from "../support/thrown.ts";

const now = Date.parse("2030-01-01T00:00:00Z");

it.each([
  [{ expiresIn: 1 }, "2030-01-01T00:00:01.000Z"],
  [{ expiresIn: 3_600 }, "2030-01-01T01:00:00.000Z"],
  [{ expiresIn: "90s" }, "2030-01-01T00:01:30.000Z"],
  [{ expiresIn: "5m" }, "2030-01-01T00:05:00.000Z"],
  [{ expiresIn: "12h" }, "2030-01-01T12:00:00.000Z"],
  [{ expiresIn: "30d" }, "2030-01-31T00:00:00.000Z"],
  [{ expiresIn: "2w" }, "2030-01-15T00:00:00.000Z"],
  [{ expiresAt: "2030-01-02" }, "2030-01-02T00:00:00.000Z"],
  [{ expiresAt: "2032-02-29" }, "2032-02-29T00:00:00.000Z"],
  [{ expiresAt: "2030-01-01T02:00+01:00" }, "2030-01-01T01:00:00.000Z"],
  [{ expiresAt: "2030-01-01T00:00:00.001Z" }, "2030-01-01T00:00:00.001Z"],
  [{ expiresIn: undefined, expiresAt: undefined }, undefined],
  [{}, undefined],
])("%j is %s", (lifetime, end) => {
  expect(expiryOf(lifetime, now)).toBe(end);
});

it.each([
  { expiresIn: 0 },
  { expiresIn: -1 },
  { expiresIn: 1.5 },
  { expiresIn: Number.NaN },
  { expiresIn: 1e300 },
  { expiresIn: 101 * 366 * 86_400 },
  { expiresIn: null },
  { expiresIn: "" },
  { expiresIn: "0d" },
  { expiresIn: "30" },
  { expiresIn: "d" },
  { expiresIn: "1d 2h" },
  { expiresIn: "-1d" },
  { expiresIn: "9999999999w" },
  { expiresIn: "99999999999999999999s" },
  { expiresIn: "1d", expiresAt: "2031-01-01" },
  { expiresAt: "2030-01-01" },
  { expiresAt: "2029-12-31T23:59:59Z" },
  { expiresAt: "2030-02-30" },
  { expiresAt: "2031-02-29T00:00:00Z" },
  { expiresAt: "2030-13-01" },
  { expiresAt: "2031-01-01T00:00:00" },
  { expiresAt: "2031-01-01T25:00:00Z" },
  { expiresAt: "2031-01-01T00:00:00+99:99" },
  { expiresAt: "+012031-01-01T00:00:00Z" },
  { expiresAt: "9999-01-01" },
  { expiresAt: "tomorrow" },
  { expiresAt: 1_900_000_000_000 },
  { expiresAt: null },
  { expiresAt: {} },
])("%j is no end", (lifetime) => {
  const error = refusal(() => expiryOf(lifetime, now));
  expect(error).toMatchObject({
    code: "bad-request",
    facts: { subject: expect.stringMatching(/^expires(At|In)$/), expected: expect.any(String) },
  });
});

it("says that a token has one end, where two came", () => {
  const both = { expiresIn: "30d", expiresAt: "2030-02-01" };
  expect(() => expiryOf(both, now)).toThrow("both came");
});
