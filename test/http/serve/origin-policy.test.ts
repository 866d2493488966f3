/** Answers of a plugin on an origin that others share: what of them goes, where redirects lead, whose cookies are whose. */

import { describe, expect, it } from "vitest";
import { originPolicy } from "../../../host/http/serve/origin-policy.ts";
import { head } from "../../support/raw-client.ts";
import { answer, start } from "./test-handlers.ts";

const place = { scheme: "http", authority: "localhost:8787", path: "/http/shop/cart/1?x=1" };
const shared = originPolicy("shared", "shop", "/http/shop");

const dropped = [
  ["clear-site-data", '"*"'],
  ["service-worker-allowed", "/"],
  ["strict-transport-security", "max-age=1"],
  ["alt-svc", 'h2="evil.example:443"'],
  ["reporting-endpoints", 'a="https://evil.example"'],
  ["report-to", "{}"],
  ["nel", "{}"],
  ["public-key-pins", "x"],
  ["accept-ch", "DPR"],
  ["critical-ch", "DPR"],
  ["origin-agent-cluster", "?1"],
  ["speculation-rules", '"/rules.json"'],
  ["refresh", "0; url=/console/"],
  ["use-as-dictionary", 'match="/console/*"'],
  ["sec-session-registration", "(ES256)"],
  ["attribution-reporting-register-source", "{}"],
  ["x-accel-redirect", "/internal"],
  ["x-sendfile", "/etc/passwd"],
  ["www-authenticate", 'Basic realm="console"'],
  ["www-authenticate", 'Bearer, Digest realm="console"'],
  ["set-cookie", "a=1; Domain=localhost"],
  ["set-cookie", "a=1; domain"],
  ["set-cookie", "a=1; Path=/"],
  ["set-cookie", "a=1; Path=/http/shop/; path=/console"],
  ["set-cookie", "a=1; Path=/http/shopper"],
  ["set-cookie", "a=1; Path=/http/other/"],
  ["location", "http://[broken"],
] as const;

const kept = [
  ["content-type", "text/html"],
  ["content-security-policy", "default-src 'self'"],
  ["access-control-allow-origin", "null"],
  ["cache-control", "max-age=60"],
  ["link", "</a.css>; rel=preload"],
  ["www-authenticate", 'Bearer realm="shop"'],
  ["permissions-policy", "camera=()"],
] as const;

describe("on a shared origin", () => {
  it.each(dropped)("drops %s: %s", (name, value) => {
    expect(shared.answer(name, value, place)).toBeUndefined();
  });

  it.each(kept)("keeps %s: %s", (name, value) => {
    expect(shared.answer(name, value, place)).toBe(value);
  });

  it.each([
    ["a=1", "hotcell.shop.a=1"],
    ["a=1; Path=/http/shop/; HttpOnly", "hotcell.shop.a=1; Path=/http/shop/; HttpOnly"],
    ["a=1; Path=/http/shop", "hotcell.shop.a=1; Path=/http/shop"],
    ["a=1; PATH = /http/shop/cart; Secure", "hotcell.shop.a=1; PATH = /http/shop/cart; Secure"],
    [" =__Host-x=1", "hotcell.shop.=__Host-x=1"],
  ])("marks the cookie %s", (value, expected) => {
    expect(shared.answer("set-cookie", value, place)).toBe(expected);
  });

  it("shows the plugin its own cookies only", () => {
    const sent =
      "hotcell.shop.a=1; session=console; hotcell.shopper.b=2;hotcell.shop.c=x=y; hotcell.other.a=3";
    expect(shared.cookies(sent)).toBe("a=1; c=x=y");
    expect(shared.cookies("session=console")).toBeUndefined();
    expect(originPolicy("own", "shop", "").cookies(sent)).toBe(sent);
  });

  it.each([
    // Below the prefix, and so as it was meant.
    ["/http/shop/done", "/http/shop/done"],
    ["../done?x#y", "/http/shop/done?x#y"],
    ["http://localhost:8787/http/shop/done", "/http/shop/done"],
    // Outside of it: below it then.
    ["/", "/http/shop/"],
    ["/console/", "/http/shop/console/"],
    ["/call/other/remove?id=1", "/http/shop/call/other/remove?id=1"],
    ["/http/shopper/", "/http/shop/http/shopper/"],
    ["../../../../console/", "/http/shop/console/"],
    ["/http/shop/../../console/", "/http/shop/console/"],
    ["/http/shop/%2e%2e/%2E%2E/console/", "/http/shop/console/"],
    ["\\console", "/http/shop/console"],
    ["http://localhost:8787/console/", "/http/shop/console/"],
    ["HTTP://LOCALHOST:8787/console/", "/http/shop/console/"],
    ["//localhost:8787/console/", "/http/shop/console/"],
    ["http://user@localhost:8787/console/", "/http/shop/console/"],
    ["https://localhost:8787/console/", "/http/shop/console/"],
    ["http:/console/", "/http/shop/console/"],
    // UTF-8, as browsers read it.
    ["/http/shop/caf\xc3\xa9", "/http/shop/caf%C3%A9"],
    // Elsewhere.
    ["https://example.com/a", "https://example.com/a"],
    ["//example.com/a", "http://example.com/a"],
    ["/\\example.com/a", "http://example.com/a"],
    ["mailto:a@example.com", "mailto:a@example.com"],
  ])("leads %s to %s", (location, expected) => {
    expect(shared.answer("location", location, place)).toBe(expected);
  });
});

describe("on an origin of its own", () => {
  const own = originPolicy("own", "shop", "");

  it("lets the plugin act on that, but not on names around it, nor on a proxy", () => {
    for (const [name, value] of [...dropped, ...kept]) {
      if (name === "clear-site-data") continue;
      const passes = !/^x-/.test(name) && !/domain/i.test(value);
      expect([name, value, own.answer(name, value, place)]).toEqual([
        name,
        value,
        passes ? value : undefined,
      ]);
    }
    expect(own.added).toEqual([]);
  });

  it.each([
    ['"cache", "storage"', '"cache", "storage"'],
    ['"*"', '"cache", "storage", "executionContexts"'],
    // Those of all names below the same domain.
    ['"storage", "cookies"', '"storage"'],
    ['"cookies"', undefined],
    ['"clientHints","something new"', '"clientHints"'],
  ])("lets it clear %s as %s", (value, expected) => {
    expect(own.answer("clear-site-data", value, place)).toBe(expected);
  });
});

describe("an answer on a shared origin", () => {
  it("is sandboxed beside its own policy, and counts what it lost", async () => {
    const fields = [
      ...[
        "content-security-policy",
        "default-src 'self'; sandbox allow-same-origin",
        "x-content-type-options",
        "none",
      ],
      ...["cross-origin-opener-policy", "unsafe-none", "clear-site-data", '"*"', "hotcell-fuel", "1"],
    ];
    const server = await start("node", (exchange) => answer(exchange, "page", { fields }), {
      kind: "shared",
    });
    const text = await (await server.client()).send(head("GET /http/shop/", "Connection: close")).end();
    const lines = text.split("\r\n").map((line) => line.toLowerCase());
    expect(
      lines.filter((line) => /^(content-security|x-content|cross-origin|clear|hotcell)/.test(line)),
    ).toEqual([
      "content-security-policy: default-src 'self'; sandbox allow-same-origin",
      "content-security-policy: sandbox allow-scripts allow-forms allow-downloads",
      "x-content-type-options: nosniff",
      "cross-origin-opener-policy: same-origin",
    ]);
    expect(server.dropped()).toBe(2);
  });

  it("does not act on the origin by an informational response either", async () => {
    const server = await start(
      "node",
      (exchange) => {
        exchange.inform({
          status: 103,
          // A browser would load it before it knows that the page is sandboxed, and so as a page of the origin.
          fields: [
            ...["link", "</call/shop/remove?id=1>; rel=preload; as=image", "x-progress", "1"],
            ...["clear-site-data", '"*"', "set-cookie", "a=1; Path=/"],
          ],
        });
        answer(exchange, "");
      },
      { kind: "shared" },
    );
    const text = await (await server.client()).send(head("GET /http/shop/", "Connection: close")).end();
    expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nx-progress: 1\r\n\r\nHTTP\/1\.1 200 /);
    expect(server.dropped()).toBe(3);
  });
});
