/**
 * Ways around the allow-list and into the host's surroundings: what the guest's side gets for each, and that nothing was reached. The
 * servers listen on loopback addresses, so that whatever reaches one is seen there; names are looked up in a DNS of the test's own.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DrivenClient, drivenClient, type Outcome } from "./driven-client.ts";
import { testAuthority } from "./test-authority.ts";
import { startTestDns, type TestDns } from "./test-dns.ts";

const authority = testAuthority();
const seen: string[] = [];
const endings: (() => void)[] = [];
let dns: TestDns;
/** Ports of the servers. */
let http: number;
let https: number;
let elsewhere: number;
let expired: number;
let untrusted: number;

function answer(request: IncomingMessage, response: import("node:http").ServerResponse): void {
  seen.push(
    `${request.method} ${request.headers.host}${request.url} ${request.headers.authorization ?? ""}`.trim(),
  );
  const to = new URL(request.url!, "http://x").searchParams.get("to");
  if (to)
    response.writeHead(Number(new URL(request.url!, "http://x").searchParams.get("as") ?? 302), {
      location: to,
    });
  request.resume();
  response.end(`${request.method} ${request.url} ${request.headers.authorization ?? ""}`);
}

async function port(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const names = ["api.test", "www.api.test", "xn--bcher-kva.test"];
  http = await port(createServer(answer));
  elsewhere = await port(createServer(answer));
  https = await port(createTlsServer(authority.issue(names), answer));
  expired = await port(createTlsServer(authority.issue(names, { expired: true }), answer));
  untrusted = await port(createTlsServer(testAuthority().issue(names), answer));
  const open = [["127.0.0.1"]];
  dns = await startTestDns({
    "api.test": open,
    "www.api.test": open,
    "xn--bcher-kva.test": open,
    "other.test": open,
    localhost: open,
    // A host of the world, which a test reaches nobody at, and then one inside.
    "plain.rebinds.test": [["203.0.113.7"], ["127.0.0.1"]],
    "streaming.rebinds.test": [["203.0.113.7"], ["127.0.0.1"]],
    "inward.test": open,
    "inward6.test": [["::1"]],
    "mapped.test": [["::ffff:7f00:1"]],
    "nat64.test": [["64:ff9b::7f00:1"]],
    "metadata.test": [["169.254.169.254"]],
    "metadata6.test": [["fd00:ec2::254"]],
    "private.test": [["10.0.0.1", "192.168.0.1", "172.16.0.1"]],
    "cgnat.test": [["100.64.0.1"]],
    "zero.test": [["0.0.0.0"]],
    "empty.test": [[]],
    "broken.test": "SERVFAIL",
    "refuses.test": "REFUSED",
    "silent.test": "silence",
  });
});
afterAll(() => {
  for (const end of endings) end();
  dns.close();
});
beforeEach(() => {
  seen.length = 0;
});

const clients: DrivenClient[] = [];
afterAll(() => {
  for (const each of clients) each.release();
});

/** Clients whose requests go out in one way. */
interface Way {
  /** `private`: servers on loopback count as reachable, so that the list alone stands in the way. */
  client(grant: object, options?: Parameters<typeof drivenClient>[1]): DrivenClient;
  /** Name that stands for another address the second time that anybody asks. */
  readonly rebinds: string;
}

/** `body`: of requests that have none of their own. It still comes when they go out. */
function way(rebinds: string, body?: readonly string[]): Way {
  return {
    rebinds,
    client(grant, options = {}) {
      const made = drivenClient(grant, { lookup: dns.lookup, ca: authority.ca, ...options });
      clients.push(made);
      const request: DrivenClient["request"] = (asked) => {
        const parts = typeof asked === "string" ? { url: asked } : asked;
        return made.request(body ? { body, ...parts } : parts);
      };
      return { ...made, request };
    },
  };
}

const plain = way("plain.rebinds.test");
/** By undici, and by Node's own client. */
const ways = { "without a body": plain, "with a body that still comes": way("streaming.rebinds.test", [""]) };

const denied = { error: { tag: "HTTP-request-denied" } };
const invalid = { error: { tag: "HTTP-request-URI-invalid" } };
const prohibited = { error: { tag: "destination-IP-prohibited" } };

describe.each(Object.entries(ways))("a request %s", (_, { client, rebinds }) => {
  describe("an address of the host's surroundings", () => {
    const literals = [
      ...[
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "0177.0.0.1",
        "2130706433",
        "017700000001",
      ],
      ...[
        "127.255.255.254",
        "0.0.0.0",
        "0",
        "10.0.0.1",
        "10.255.255.255",
        "0xa.1",
        "172.16.0.1",
        "172.31.255.255",
      ],
      ...[
        "192.168.0.1",
        "192.168.257",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "169.254.0.1",
        "100.64.0.1",
      ],
      ...[
        "100.100.100.200",
        "192.0.0.192",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "224.0.0.1",
      ],
      ...[
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "192.88.99.1",
        "127%2e0%2e0%2e1",
        "①②⑦.⓪.⓪.①",
      ],
      ...[
        "127。0。0。1",
        "127.0.0.1.",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
      ],
      ...[
        "[::ffff:10.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a00:1]",
      ],
      ...[
        "[64:ff9b:1::a00:1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::1]",
        "[2001::1]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
      ],
      ...[
        "[fec0::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[100::1]",
        "[::ffff:0:127.0.0.1]",
      ],
      ...["[3fff::1]", "[5f00::1]", "[2001:2::1]", "[2001:20::1]", "[4000::1]"],
    ];
    it.each(literals)("is not reached as %s", async (host) => {
      const made = client({ allow: ["*", "http://*:*"] });
      expect(await made.request({ authority: `${host}:${http}`, path: "/" })).toEqual(prohibited);
      expect(made.counters).toMatchObject({ requests: 1, refused: 1 });
      expect(seen).toEqual([]);
    });

    const names = [
      ...[
        "localhost",
        "LOCALHOST",
        "localhost.",
        "inward.test",
        "INWARD.test.",
        "inward6.test",
        "mapped.test",
        "nat64.test",
      ],
      ...["metadata.test", "metadata6.test", "private.test", "cgnat.test", "zero.test"],
    ];
    it.each(names)("is not reached by the name %s", async (host) => {
      const made = client({ allow: ["*", "http://*:*"] });
      expect(await made.request({ authority: `${host}:${http}`, path: "/" })).toEqual(prohibited);
      expect(seen).toEqual([]);
    });

    it("is not reached by a name that stands for another address the second time", async () => {
      const made = client({ allow: ["http://*:*"], timeouts: { connect: 200 } });
      const request = { authority: `${rebinds}:${http}`, path: "/" };
      expect(await made.request(request)).toEqual(prohibited);
      expect(await made.request(request)).toEqual(prohibited);
      expect(seen).toEqual([]);
      expect(dns.asked.filter((name) => name === rebinds).length).toBe(2);
    });

    it("is not reached by a grant of private addresses that the host does not allow", async () => {
      const reach = { allow: undefined, private: false };
      const made = client({ allow: ["http://*:*"], private: true }, { reach });
      expect(await made.request(`http://127.0.0.1:${http}/`)).toEqual(prohibited);
      expect(await made.request(`http://inward.test:${http}/`)).toEqual(prohibited);
      expect(seen).toEqual([]);
    });

    it.each(["224.0.0.1", "255.255.255.255", "0.0.0.0", "[::]", "[ff02::1]", "[::ffff:224.0.0.1]"])(
      "that is nobody's, %s, is not reached by any grant",
      async (host) => {
        const made = client({ allow: ["http://*:*"], private: true });
        expect(await made.request({ authority: `${host}:${http}`, path: "/" })).toEqual(prohibited);
      },
    );
  });

  describe("an allow-list", () => {
    const allow = () => [
      `http://api.test:${http}/v1/*`,
      `GET http://*.api.test:${http}/x`,
      `https://api.test:${https}`,
    ];
    const made = () => client({ allow: allow(), private: true });

    const through: readonly (readonly [string, () => object, () => string])[] = [
      [
        "a path below",
        () => ({ url: `http://api.test:${http}/v1/a?q=1` }),
        () => `GET api.test:${http}/v1/a?q=1`,
      ],
      [
        "letters in any case",
        () => ({ url: `http://API.Test:${http}/v1/a` }),
        () => `GET api.test:${http}/v1/a`,
      ],
      [
        "a dot at the end",
        () => ({ url: `http://api.test.:${http}/v1/a` }),
        () => `GET api.test:${http}/v1/a`,
      ],
      [
        "dots that stay below",
        () => ({ url: `http://api.test:${http}/v1/a/../b/./c` }),
        () => `GET api.test:${http}/v1/b/c`,
      ],
      ["a subdomain", () => ({ url: `http://www.api.test:${http}/x` }), () => `GET www.api.test:${http}/x`],
      [
        "escapes of letters in the host",
        () => ({ url: `http://%61pi.test:${http}/v1/a` }),
        () => `GET api.test:${http}/v1/a`,
      ],
      ["TLS", () => ({ url: `https://api.test:${https}/any` }), () => `GET api.test:${https}/any`],
    ];
    it.each(through)("lets %s through, as it is sent", async (_, request, reached) => {
      expect(await made().request(request())).toMatchObject({ status: 200 });
      expect(seen).toEqual([reached()]);
    });

    const at = (path: string) => () => ({ authority: `api.test:${http}`, path });
    const around: readonly (readonly [string, () => object, Outcome])[] = [
      ["another path", at("/v2/a"), denied],
      ["the path itself", at("/v1"), denied],
      ["a longer word", at("/v1x/a"), denied],
      ["letters of a path in another case", at("/V1/a"), denied],
      ["dots", at("/v1/../v2/a"), denied],
      ["escaped dots", at("/v1/%2e%2e/v2"), denied],
      ["half escaped dots", at("/v1/.%2E/v2"), denied],
      ["an escaped slash", at("/v1/..%2fv2"), denied],
      ["an escaped slash, twice", at("/v1/..%252fv2"), denied],
      ["an escaped backslash", at("/v1/..%5cv2"), denied],
      ["a backslash", at("/v1/..\\v2"), denied],
      ["dots escaped twice", at("/v1/%252e%252e/v2"), denied],
      ["dots with a parameter", at("/v1/..;/v2"), denied],
      ["a NUL", at("/v1/%00"), denied],
      ["a path that begins with two slashes", at("//api.test/v1/a"), denied],
      ["another method", () => ({ method: "POST", url: `http://www.api.test:${http}/x` }), denied],
      ["a method in small letters", () => ({ method: "get", url: `http://www.api.test:${http}/x` }), denied],
      ["a subdomain of a host", () => ({ url: `http://v1.www.api.test:${http}/v1/a` }), denied],
      ["the host of its subdomains", () => ({ url: `http://api.test:${http}/x` }), denied],
      ["another host", () => ({ url: `http://other.test:${http}/v1/a` }), denied],
      ["a host that ends so", () => ({ url: `http://notapi.test:${http}/x` }), denied],
      ["a host that begins so", () => ({ url: `http://api.test.other.test:${http}/v1/a` }), denied],
      ["another port", () => ({ url: `http://api.test:${elsewhere}/v1/a` }), denied],
      ["no port", () => ({ url: "http://api.test/v1/a" }), denied],
      ["another scheme", () => ({ url: `https://api.test:${http}/v1/a` }), denied],
      ["the address of the host", () => ({ url: `http://127.0.0.1:${http}/v1/a` }), denied],
      ["letters that look so", () => ({ authority: `аpi.test:${http}`, path: "/v1/a" }), denied],
      [
        "a soft hyphen, which is nothing",
        () => ({ authority: `ap\u00adi.tes.t:${http}`, path: "/v1/a" }),
        denied,
      ],
      ["a user", () => ({ authority: `api.test:${http}@other.test`, path: "/v1/a" }), invalid],
      ["a user without a name", () => ({ authority: `@api.test:${http}`, path: "/v1/a" }), invalid],
      ["a path in the authority", () => ({ authority: `other.test:${http}/v1/a`, path: "/v1/a" }), invalid],
      ["a query in it", () => ({ authority: `other.test?.api.test:${http}`, path: "/v1/a" }), invalid],
      ["a fragment in it", () => ({ authority: `other.test#.api.test:${http}`, path: "/v1/a" }), invalid],
      ["a backslash in it", () => ({ authority: `other.test\\.api.test:${http}`, path: "/v1/a" }), invalid],
      ["a blank in it", () => ({ authority: `api.test :${http}`, path: "/v1/a" }), invalid],
      ["a line in it", () => ({ authority: `api.test\r\nx: y`, path: "/v1/a" }), invalid],
      ["no authority", () => ({ authority: "", path: "/v1/a" }), invalid],
      ["dots alone", () => ({ authority: "..", path: "/v1/a" }), invalid],
      ["two dots at its end", () => ({ authority: `api.test..:${http}`, path: "/v1/a" }), invalid],
      ["an empty label", () => ({ authority: `api..test:${http}`, path: "/v1/a" }), invalid],
      ["port 0", () => ({ authority: "api.test:0", path: "/v1/a" }), invalid],
      ["a port beyond all", () => ({ authority: "api.test:65536", path: "/v1/a" }), invalid],
      ["a port that is none", () => ({ authority: "api.test:80x", path: "/v1/a" }), invalid],
      ["an address with a zone", () => ({ authority: `[fe80::1%25lo]:${http}`, path: "/v1/a" }), invalid],
      ["an address that is none", () => ({ authority: `[::g]:${http}`, path: "/v1/a" }), invalid],
      ["IPv4 with too much", () => ({ authority: `127.0.0.1.1:${http}`, path: "/v1/a" }), invalid],
      ["the absolute form", at(`http://other.test/v1/a`), invalid],
      ["the asterisk", () => ({ method: "OPTIONS", ...at("*")() }), invalid],
      ["a fragment", at("/v1/a#/../.."), invalid],
      ["a line in the path", at("/v1/a HTTP/1.1\r\nHost: other.test"), invalid],
      ["a blank in the path", at("/v1/a b"), invalid],
      ["letters beyond ASCII in the path", at("/v1/ä"), invalid],
      [
        "a path without end",
        at(`/v1/${"a".repeat(10_000)}`),
        { error: { tag: "HTTP-request-URI-too-long" } },
      ],
      [
        "CONNECT",
        () => ({ method: "CONNECT", ...at("/v1/a")() }),
        { error: { tag: "HTTP-request-method-invalid" } },
      ],
      [
        "TRACE",
        () => ({ method: "TRACE", ...at("/v1/a")() }),
        { error: { tag: "HTTP-request-method-invalid" } },
      ],
      [
        "two words as a method",
        () => ({ method: "GET /x", ...at("/v1/a")() }),
        { error: { tag: "HTTP-request-method-invalid" } },
      ],
    ];
    it.each(around)("does not let %s through", async (_, request, outcome) => {
      expect(await made().request(request())).toEqual(outcome);
      expect(seen).toEqual([]);
    });

    it("knows names by their letters and as they are sent", async () => {
      const one = client({ allow: [`http://bücher.test:${http}`], private: true });
      for (const host of ["bücher.test", "BÜCHER.test", "xn--bcher-kva.test", "XN--BCHER-KVA.test"])
        expect(await one.request({ authority: `${host}:${http}`, path: "/" })).toMatchObject({ status: 200 });
      expect(new Set(seen)).toEqual(new Set([`GET xn--bcher-kva.test:${http}/`]));
    });

    it("of the host's owner holds beside that of the grant", async () => {
      const { readEntry } = await import("../../../host/backends/http-client/allow-list.ts");
      const entry = readEntry(`http://api.test:${http}/v1/open`);
      if (typeof entry === "string") throw new Error(entry);
      const reach = { allow: [entry], private: true };
      const one = client({ allow: ["http://*:*"], private: true }, { reach });
      expect(await one.request(`http://api.test:${http}/v1/open`)).toMatchObject({ status: 200 });
      expect(await one.request(`http://api.test:${http}/v1/closed`)).toEqual(denied);
      expect(seen.length).toBe(1);
    });
  });

  describe("fields of a request", () => {
    const protocol = { error: { tag: "HTTP-protocol-error" } };
    const smuggled: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
      ["another host", [["Host", "other.test"]]],
      ["a line in a value", [["x", "a\r\nHost: other.test"]]],
      ["half a line", [["x", "a\nb"]]],
      ["a return alone", [["x", "a\rb"]]],
      ["a NUL", [["x", "a\0b"]]],
      ["a line in a name", [["x\r\ny", "a"]]],
      ["a blank in a name", [["content-length ", "5"]]],
      ["a name that is none", [["", "a"]]],
      ["chunks", [["Transfer-Encoding", "chunked"]]],
      [
        "chunks and a length",
        [
          ["content-length", "5"],
          ["transfer-encoding", "chunked"],
        ],
      ],
      [
        "two lengths",
        [
          ["content-length", "5"],
          ["Content-Length", "6"],
        ],
      ],
      ["a length with a sign", [["content-length", "+5"]]],
      ["lengths in one", [["content-length", "5, 6"]]],
      ["a length in another base", [["content-length", "0x5"]]],
      ["a connection of its own", [["connection", "close, authorization"]]],
      [
        "an upgrade",
        [
          ["upgrade", "h2c"],
          ["http2-settings", ""],
        ],
      ],
      ["what a proxy is told", [["proxy-authorization", "Basic eDp5"]]],
      ["an expectation", [["expect", "100-continue"]]],
    ];
    it.each(smuggled)("can't have %s", async (_, headers) => {
      const made = client({ allow: [`http://api.test:${http}`], private: true });
      const request = { method: "POST", url: `http://api.test:${http}/`, headers, body: ["12345"] };
      expect(await made.request(request)).toEqual(protocol);
      expect(seen).toEqual([]);
    });

    it("have a bound", async () => {
      const made = client({ allow: [`http://api.test:${http}`], private: true });
      const headers = [["x", "y".repeat(40_000)]] as const;
      expect(await made.request({ url: `http://api.test:${http}/`, headers })).toEqual({
        error: { tag: "HTTP-request-header-section-size", val: 32_768 },
      });
    });
  });

  describe("credentials", () => {
    it("go where they are for, in place of the guest's own, and are told to nobody", async () => {
      const secrets = {
        [`http://api.test:${http}/v1/*`]: {
          header: "Authorization",
          value: { secret: "Bearer s3cret-token" },
        },
      };
      const made = client({ allow: [`http://*:${http}`], private: true, secrets });
      const own = [["AUTHORIZATION", "guest"]] as const;
      await made.request({ url: `http://api.test:${http}/v1/a`, headers: own });
      await made.request({ url: `http://api.test:${http}/v2/a`, headers: own });
      await made.request({ url: `http://api.test:${http}/v1/..%2fv2`, headers: own });
      await made.request({ url: `http://other.test:${http}/v1/a`, headers: own });
      expect(seen.map((line) => line.split(" ").slice(2).join(" "))).toEqual([
        "Bearer s3cret-token",
        "guest",
        "guest",
        "guest",
      ]);
      expect(JSON.stringify(made.audit)).not.toContain("s3cret-token");
    });
  });

  describe("names and certificates", () => {
    const secure = (to: () => number) => async () =>
      client({ allow: ["https://*:*"], private: true }).request(`https://api.test:${to()}/`);
    it("of TLS are verified", async () => {
      const certificate = { error: { tag: "TLS-certificate-error" } };
      expect(await secure(() => https)()).toMatchObject({ status: 200 });
      expect(await secure(() => expired)()).toEqual(certificate);
      expect(await secure(() => untrusted)()).toEqual(certificate);
      const other = client({ allow: ["https://*:*"], private: true });
      expect(await other.request(`https://other.test:${https}/`)).toEqual(certificate);
      expect(await other.request(`https://127.0.0.1:${https}/`)).toEqual(certificate);
      expect((await secure(() => http)()).error?.tag).toBe("TLS-protocol-error");
      expect(seen.length).toBe(1);
    });

    const dnsErrors: readonly (readonly [string, object])[] = [
      ["nobody.test", { tag: "DNS-error", val: { rcode: "NXDOMAIN", "info-code": null } }],
      ["empty.test", { tag: "DNS-error", val: { rcode: "NOERROR", "info-code": null } }],
      ["broken.test", { tag: "DNS-error", val: { rcode: "SERVFAIL", "info-code": null } }],
      ["refuses.test", { tag: "DNS-error", val: { rcode: "REFUSED", "info-code": null } }],
      ["silent.test", { tag: "DNS-timeout" }],
    ];
    it.each(dnsErrors)("of %s are told by DNS's own code", async (host, error) => {
      const made = client({ allow: ["*"] });
      expect(await made.request(`http://${host}/`)).toEqual({ error });
    });
  });
});

describe("redirects", () => {
  const from = (to: string, as = 302) => `http://api.test:${http}/?as=${as}&to=${encodeURIComponent(to)}`;
  const grant = (more: object = {}) =>
    plain.client({
      allow: [`http://api.test:${http}`, `http://www.api.test:${http}`],
      private: true,
      redirects: 3,
      ...more,
    });

  it("are the guest's own to see where none are followed", async () => {
    const outcome = await grant({ redirects: 0 }).request(from("/next"));
    expect(outcome.status).toBe(302);
    expect(outcome.headers).toContainEqual(["location", "/next"]);
    expect(seen.length).toBe(1);
  });

  it.each([
    ["to another host", () => `http://other.test:${http}/`],
    ["to another port", () => `http://api.test:${elsewhere}/`],
    ["to an address", () => `http://127.0.0.1:${http}/`],
    ["to another scheme", () => `https://api.test:${https}/`],
    ["without a scheme", () => `//other.test:${http}/`],
  ])("%s are denied where the list has none such", async (_, to) => {
    const made = grant();
    expect(await made.request(from(to()))).toEqual(denied);
    expect(seen.length).toBe(1);
    expect(made.counters).toMatchObject({ refused: 1 });
  });

  it("inward are not followed by a grant that allows the name", async () => {
    const made = plain.client({ allow: ["http://*:*"], redirects: 3 });
    expect(await made.request(`http://inward.test:${http}/`)).toEqual(prohibited);
    expect(seen).toEqual([]);
  });

  it.each(["file:///etc/passwd", "ftp://api.test/", "javascript:1", "http://user:word@api.test/", "http://"])(
    "to %s lead nowhere",
    async (to) => {
      expect((await grant().request(from(to))).status).toBe(302);
      expect(seen.length).toBe(1);
    },
  );

  it("are followed so far, as the guest's method has it, and no further", async () => {
    const made = grant({ redirects: 1 });
    const post = { method: "POST", body: ["x"] };
    expect(await made.request({ ...post, url: from("/next", 303) })).toMatchObject({
      status: 200,
      text: "GET /next ",
    });
    expect(await made.request({ ...post, url: from("/next", 301) })).toMatchObject({ text: "GET /next " });
    expect((await made.request({ ...post, url: from("/next", 307) })).status).toBe(307);
    expect(await made.request({ method: "DELETE", url: from("/next", 308) })).toMatchObject({
      text: "DELETE /next ",
    });
    expect((await made.request(from(from("/third"), 302))).status).toBe(302);
    expect(made.audit.at(-1)).toMatchObject({ status: 302, redirects: 1 });
  });

  it("carry no credential and no cookie of one server to another", async () => {
    const secrets = {
      [`http://api.test:${http}`]: { header: "authorization", value: { secret: "Bearer of-api" } },
    };
    const made = grant({ secrets });
    const next = `http://www.api.test:${http}/next`;
    expect(await made.request(from(next))).toMatchObject({ text: "GET /next " });
    expect(seen.at(0)).toContain("Bearer of-api");
    expect(await grant().request({ url: from(next), headers: [["authorization", "own"]] })).toMatchObject({
      text: "GET /next ",
    });
    expect(await grant().request({ url: from("/next"), headers: [["authorization", "own"]] })).toMatchObject({
      text: "GET /next own",
    });
  });
});
