/** Heads with whatever fields, both ways: what holds of all that passes. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { HotcellError } from "../../../host/errors.ts";
import { connectionFields } from "../../../host/http/serve/message-fields.ts";
import { type OriginKind, originPolicy } from "../../../host/http/serve/origin-policy.ts";
import { readRequestFields } from "../../../host/http/serve/request-fields.ts";
import { type FitHead, fitHead } from "../../../host/http/serve/response-fields.ts";

const known = [
  ...["Connection", "Keep-Alive", "TE", "Transfer-Encoding", "Upgrade", "Host", "Content-Length", "Trailer"],
  ...[
    "Set-Cookie",
    "Cookie",
    "Location",
    "Date",
    "Authorization",
    "WWW-Authenticate",
    "X-Forwarded-For",
    "Forwarded",
  ],
  ...["Clear-Site-Data", "Refresh", "X-Accel-Redirect", "Hotcell-Fuel", "Proxy-Authorization", "X-Own"],
];
const name = fc.oneof(
  fc.constantFrom(...known, ...known.map((each) => each.toUpperCase())),
  fc.string({ unit: "binary" }),
);
const value = fc.oneof(
  fc.constantFrom(
    "x-own, close",
    "chunked",
    "trailers",
    "100-continue",
    "websocket",
    "12",
    "a=1; Path=/",
    "/console/",
  ),
  fc.constantFrom(
    "hotcell.shop.a=1; b=2",
    "//localhost/",
    "Basic x",
    "Bearer secret",
    "http://localhost/http/shop/../",
  ),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
);
const fields = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => pairs.flat());
const kinds = fc.constantFrom<OriginKind>("shared", "own", "trusted");

const mount = (kind: OriginKind) => ({
  ...{
    plugin: "shop",
    prefix: "/http/shop",
    trustProxy: false,
    isOwnToken: (text: string) => text.includes("secret"),
  },
  policy: originPolicy(kind, "shop", "/http/shop"),
});
const namesOf = (passed: readonly string[]) =>
  passed.filter((_, i) => i % 2 === 0).map((each) => each.toLowerCase());

it("gives a plugin nothing of the connection, of a token of the host, nor of what clients claim about proxies", () => {
  fc.assert(
    fc.property(fields, kinds, (raw, kind) => {
      const read = readRequestFields(raw, mount(kind), { address: "192.0.2.1", secure: false });
      const passedFields = read.fields();
      const passed = namesOf(passedFields);
      expect(passed.filter((each) => each !== "te" && connectionFields.has(each))).toEqual([]);
      expect(passed.includes("te")).toBe(read.trailers);
      expect(passed.filter((each) => each === "host" || each === "expect")).toEqual([]);
      expect(
        passedFields.filter(
          (each, i) =>
            i % 2 === 1 && namesOf(passedFields)[(i - 1) / 2] === "authorization" && each.includes("secret"),
        ),
      ).toEqual([]);
      expect(passed.filter((each) => each === "x-forwarded-for")).toHaveLength(1);
      expect(passedFields[passed.indexOf("x-forwarded-for") * 2 + 1]).toBe("192.0.2.1");
    }),
    { numRuns: 2_000 },
  );
});

it("sends of a plugin's answer what a message can carry, or refuses it", () => {
  const place = { scheme: "http", authority: "localhost", path: "/http/shop/a" };
  fc.assert(
    fc.property(fields, kinds, fc.integer({ min: 0, max: 700 }), (raw, kind, status) => {
      let fit: FitHead;
      try {
        fit = fitHead({ status, fields: raw }, "GET", mount(kind), place);
      } catch (error) {
        expect(error).toBeInstanceOf(HotcellError);
        expect((error as HotcellError).code).toBe("bad-response");
        return;
      }
      const passed = namesOf(fit.fields);
      expect(
        passed.filter((each) => connectionFields.has(each) || /^(?:hotcell-|x-accel-)/.test(each)),
      ).toEqual([]);
      expect(passed.filter((each) => each === "date").length).toBeLessThan(2);
      expect(fit.fields.filter((text) => /[^\t\x20-\x7e\x80-\xff]/.test(text))).toEqual([]);
      if (kind !== "shared") return;
      expect(passed.filter((each) => each === "clear-site-data" || each === "refresh")).toEqual([]);
      passed.forEach((each, i) => {
        const text = fit.fields[2 * i + 1]!;
        if (each === "set-cookie") expect(text).toMatch(/^hotcell\.shop\./);
        if (each !== "location") return;
        const url = URL.parse(text, "http://localhost/http/shop/a");
        if (url?.host === "localhost") expect(url.pathname).toMatch(/^\/http\/shop(?:\/|$)/);
      });
    }),
    { numRuns: 5_000 },
  );
});
