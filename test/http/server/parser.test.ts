/** What a parser may stumble over or two parsers may read differently: one answer, and the host serves on. */
import { afterEach, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { head, RawClient } from "../../support/raw-client.ts";

const host = await hostOfFile();
await host.put("calc", sample());
afterEach(async () => {
  expect((await host.call("calc/add", [40, 2])).json).toBe(42);
  expect(host.faults).toEqual([]);
});

const json = "Content-Type: application/json";
const call = "POST /call/calc/add";
const close = "Connection: close";
const smuggled = head("GET /call/calc/version");

it.each<[string, number, string]>([
  [
    "both Content-Length and Transfer-Encoding",
    400,
    `${head(call, json, "Content-Length: 6", "Transfer-Encoding: chunked")}0\r\n\r\n${smuggled}`,
  ],
  ["two Content-Lengths", 400, `${head(call, json, "Content-Length: 6", "Content-Length: 60")}[40,2]`],
  ["two equal Content-Lengths", 400, `${head(call, json, "Content-Length: 6", "Content-Length: 6")}[40,2]`],
  ["a list of Content-Lengths", 400, `${head(call, json, "Content-Length: 6, 6")}[40,2]`],
  ["a negative Content-Length", 400, `${head(call, json, "Content-Length: -1")}[40,2]`],
  ["a signed Content-Length", 400, `${head(call, json, "Content-Length: +6")}[40,2]`],
  ["a hexadecimal Content-Length", 400, `${head(call, json, "Content-Length: 0x6")}[40,2]`],
  ["a Content-Length beyond any number", 400, head(call, json, `Content-Length: ${"9".repeat(40)}`)],
  [
    "a chunk size that is none",
    400,
    `${head(call, json, "Transfer-Encoding: chunked")}zz\r\n[1]\r\n0\r\n\r\n`,
  ],
  ["a negative chunk size", 400, `${head(call, json, "Transfer-Encoding: chunked")}-1\r\n[1]\r\n0\r\n\r\n`],
  [
    "a chunk size beyond any number",
    400,
    `${head(call, json, "Transfer-Encoding: chunked")}${"f".repeat(20)}\r\n`,
  ],
  [
    "a chunk longer than it says",
    400,
    `${head(call, json, "Transfer-Encoding: chunked")}1\r\n[40,2]\r\n0\r\n\r\n`,
  ],
  [
    "endless chunk extensions",
    413,
    `${head(call, json, "Transfer-Encoding: chunked")}6;${"x".repeat(20_000)}\r\n[40,2]\r\n0\r\n\r\n`,
  ],
  [
    "chunked that is not the last encoding",
    400,
    `${head(call, json, "Transfer-Encoding: chunked, identity")}0\r\n\r\n`,
  ],
  [
    "an encoding that is not known",
    400,
    `${head(call, json, "Transfer-Encoding: xchunked")}6\r\n[40,2]\r\n0\r\n\r\n`,
  ],
  [
    "a space before a field's colon",
    400,
    `${call} HTTP/1.1\r\nHost: localhost\r\nContent-Length : 6\r\n\r\n[40,2]`,
  ],
  ["a folded field", 400, `${call} HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n c: d\r\n\r\n`],
  ["a bare carriage return", 400, `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\rX-C: d\r\n\r\n`],
  ["bare line feeds", 400, "GET /healthz HTTP/1.1\nHost: localhost\n\n"],
  ["a NUL in the path", 400, head("GET /health\0z", close)],
  ["a NUL in a field", 400, head("GET /healthz", "X-A: a\0b", close)],
  ["a tab in the path", 400, head("GET /healthz\tx", close)],
  ["no Host", 400, "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"],
  ["two Hosts", 400, head("GET /healthz", "Host: evil.example", close)],
  ["a huge path", 431, head(`GET /${"a".repeat(20_000)}`, close)],
  ["a huge field", 431, head("GET /healthz", `X-A: ${"a".repeat(20_000)}`, close)],
  ["too many fields", 431, head("GET /healthz", ...Array<string>(100).fill("X-A: b"))],
  ["another version of HTTP", 400, "GET /healthz HTTP/3.0\r\nHost: localhost\r\n\r\n"],
  ["HTTP/2.0 in the request line", 400, head("GET /healthz", close).replace("HTTP/1.1", "HTTP/2.0")],
  ["HTTP/2.0 without Host", 400, "GET /plugins HTTP/2.0\r\n\r\n"],
  ["HTTP/2 without asking", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["no version of HTTP, and so no Host", 400, "GET /healthz\r\n\r\n"],
  ["an unknown method", 400, head("FROBNICATE /healthz", close)],
  ["a method in lower case", 400, head("get /healthz", close)],
  ["a WebDAV method", 405, head("PROPFIND /plugins", close)],
  ["TRACE", 405, head("TRACE /plugins", "X-Secret: echo", close)],
  ["OPTIONS for all", 400, head("OPTIONS *", close)],
  ["OPTIONS", 405, head("OPTIONS /plugins", close)],
  ["CONNECT", 405, head("CONNECT localhost:22", close)],
  ["another host in an absolute URL", 400, head("GET http://evil.example/healthz", close)],
  [
    "another host in Host than in an absolute URL",
    400,
    "GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
  ],
  [
    "another host in an absolute URL and in Host",
    403,
    "GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
  ],
  ["an absolute URL of its own", 200, head("GET http://LocalHost/healthz", close)],
  ["HTTP/1.0 without Host", 200, "GET /healthz HTTP/1.0\r\n\r\n"],
  ["a list in HTTP/1.0 without Host", 200, "GET /plugins HTTP/1.0\r\n\r\n"],
  ["a call in HTTP/1.0 without Host", 200, "GET /call/calc/version HTTP/1.0\r\n\r\n"],
  ["HTTP/1.0 with another Host", 403, "GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n"],
  ["HTTP/1.0 with an empty Host", 403, "GET /healthz HTTP/1.0\r\nHost:\r\n\r\n"],
  ["an empty Host", 403, "GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"],
  ["HTTP/1.0 with another host in the target", 403, "GET http://evil.example/healthz HTTP/1.0\r\n\r\n"],
  ["HTTP/1.0 with this host in the target", 200, "GET http://localhost/healthz HTTP/1.0\r\n\r\n"],
  [
    "HTTP/1.0 with chunks",
    400,
    `POST /call/calc/add HTTP/1.0\r\n${json}\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n[40,2]\r\n0\r\n\r\n`,
  ],
  ["another host in an absolute URL with https", 400, head("GET https://evil.example/healthz", close)],
  [
    "HTTP/1.0 with another host in a target with https",
    403,
    "GET https://evil.example/healthz HTTP/1.0\r\n\r\n",
  ],
  ["a compressed transfer coding", 400, head(call, json, "Transfer-Encoding: gzip, chunked", close)],
  ["an absolute URL of another scheme", 400, head("GET ftp://localhost/healthz", close)],
  ["a user in an absolute URL", 200, head("GET http://user:secret@localhost/healthz", close)],
  ["a path that begins with two slashes", 404, head("GET //evil.example/plugins", close)],
  ["dots in the path", 404, head("GET /call/../../etc/passwd", close)],
  ["backslashes in the path", 400, head("GET /call\\..\\etc", close)],
  ["a broken escape in the path", 404, head("GET /call/calc/%zz", close)],
  ["an escaped line break in the path", 404, head("GET /plugins/x%0d%0aSet-Cookie:%20a=b", close)],
  ["bytes that are no UTF-8 in the path", 404, head("GET /plugins/%ff%fe", close)],
  [
    "an upgrade to HTTP/2",
    200,
    head(
      "GET /healthz",
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    ),
  ],
  [
    "an upgrade to WebSocket",
    200,
    head(
      "GET /healthz",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==",
      "Sec-WebSocket-Version: 13",
    ),
  ],
  [
    "an expectation nobody has",
    200,
    `${head(call, json, "Expect: miracle", "Content-Length: 6", close)}[40,2]`,
  ],
  ["a body with GET", 200, `${head("GET /healthz", "Content-Length: 6", close)}[40,2]`],
])("%s is answered %i", async (_, status, text) => {
  const client = await RawClient.open(host);
  client.send(text);
  const answer = await client.until(
    new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*\r\n\r\n|^HTTP/1.1 \\d+ [\\s\\S]*\r\n\r\n`),
  );
  expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
  client.socket.end();
  const whole = await client.end();
  if (status >= 400) expect(whole).toContain("\r\ncontent-type: application/problem+json\r\n");
  // One request, one answer, and nothing of the request in the header of it.
  expect(whole.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  expect(whole).not.toMatch(/^set-cookie|^x-secret/im);
});

it("answers what is no HTTP with a problem, and the headers all answers have", async () => {
  const client = await RawClient.open(host);
  const answer = await client.send("nonsense\r\n\r\n").end();
  const [header = "", body = ""] = answer.split("\r\n\r\n");
  expect(header).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  for (const field of ["x-content-type-options: nosniff", "cache-control: no-store", "connection: close"]) {
    expect(header).toContain(field);
  }
  expect(JSON.parse(body)).toMatchObject({ code: "bad-request", status: 400 });
});

it.each(["localhost:1", "LOCALHOST", "localhost.", "localhost.:80", "127.0.0.1.", "[::1]:9"])(
  "takes the Host %s for its own",
  async (name) => {
    const client = await RawClient.open(host);
    const answer = await client
      .send(`GET /healthz HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`)
      .end();
    expect(answer.slice(0, 12)).toBe("HTTP/1.1 200");
  },
);

it.each<[string, string, string, RegExp?]>([
  ["two Host headers", head("GET /healthz", "Host: localhost", close), "2 Host headers"],
  ["an empty Host", "GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", "an empty Host header"],
  [
    "text that is not escaped",
    head("GET /call/calc/echo?text=\xc3\xa9", close),
    "must be percent-encoded",
    /^Percent-encode /,
  ],
  ["no version", "GET /healthz\r\n\r\n", "names no version of HTTP"],
])("says what is wrong with %s, and what to send", async (_, text, told, remedy = /^Send /) => {
  const client = await RawClient.open(host);
  const [, body = ""] = (await client.send(text).end()).split("\r\n\r\n");
  expect(JSON.parse(body)).toMatchObject({
    detail: expect.stringContaining(told),
    remedy: expect.stringMatching(remedy),
  });
});

it("answers requests that come at once each with its own, in their order", async () => {
  const client = await RawClient.open(host);
  const calls = [1, 2, 3].map((n) => `${head(call, json, "Content-Length: 5")}[${n},1]`);
  client.send(calls.join("") + head("GET /healthz", close));
  const answers = (await client.end()).split(/(?=HTTP\/1\.1)/).map((answer) => answer.split("\r\n\r\n")[1]);
  expect(answers).toEqual(["2", "3", "4", '{"status":"ok"}']);
});

it("sets no answer's header from names or texts that come from outside", async () => {
  const { headers } = await host.send("GET", "/call/calc/divide?dividend=1&divisor=0%0d%0aX-Evil:1");
  expect([...headers.keys()].filter((name) => name.includes("evil"))).toEqual([]);
});
