/** Calls however they reach a host: the ways in answer alike, byte for byte. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { afterAll, describe, expect, it } from "vitest";
import { createHost } from "../../../host/host.ts";
import { type ApiOptions, createApi } from "../../../host/http/served-api.ts";
import { listen } from "../../../host/http/server/http-server.ts";
import { guest } from "../../guests/hostile-text.ts";
import { sample } from "../../guests/small-plugins.ts";
import { head, RawClient } from "../../support/raw-client.ts";

const host = await createHost({ log: () => {} });
await host.registry.deploy("calc", sample());
await host.registry.deploy("rated", sample(), {
  settings: { rate: { requests: 1, seconds: 3_600, burst: 2 } },
});
await host.registry.deploy("tight", sample(), { settings: { limits: { argumentBytes: 10 } } });
/** Gives its list back, each in a form of its own. */
const given = `(i32.store (i32.const 4) (local.get 0)) (i32.store (i32.const 8) (local.get 1))`;
const blobs = guest(
  `(func (export "same") (param i32 i32) (result i32) ${given} (i32.const 4))
  (func (export "times") (param i32 i32 i32) (result i32)
    (i32.store (i32.const 4) (local.get 0)) (i32.store (i32.const 8) (i32.mul (local.get 1) (local.get 2))) (i32.const 4))
  (func (export "checked") (param i32 i32) (result i32) ${given} (i32.store8 (i32.const 0) (i32.eqz (local.get 1)))
    (i32.const 0))
  (func (export "both") (param i32 i32 i32 i32))`,
  {
    same: `(param "data" (list u8)) (result (list u8))`,
    times: `(param "data" (list u8)) (param "count" u32) (result (list u8))`,
    checked: `(param "data" (list u8)) (result (result (list u8) (error (list u8))))`,
    both: `(param "a" (list u8)) (param "b" (list u8))`,
  },
);
await host.registry.deploy("blobs", blobs());
await host.registry.deploy("tight-blobs", blobs(), { settings: { limits: { argumentBytes: 10 } } });
const token = "a-token-that-nobody-guesses";
const { token: caller } = await host.tokens.create(
  { name: "caller", scopes: ["call"], plugins: ["calc"] },
  "test",
);
const closing: (() => Promise<unknown> | unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  await host.close();
});

interface Way {
  readonly name: string;
  readonly port: number;
}

/** Servers of the same API: ours, ours without handlers of its own, and somebody's app on another server of Node. */
async function waysTo(options: Partial<ApiOptions>): Promise<Way[]> {
  const api = () => createApi(host, { address: "127.0.0.1", token, logFault: () => {}, ...options });
  const at = { host: "127.0.0.1", port: 0 };
  const own = await listen(api(), at);
  const byApp = await listen(Object.assign(api(), { direct: [] }), at);
  const mounted = serve({ fetch: new Hono().route("/", api()).fetch, port: 0, hostname: "127.0.0.1" });
  await once(mounted, "listening");
  closing.push(
    () => own.close(),
    () => byApp.close(),
    () => mounted.close(),
  );
  return [
    { name: "our server", port: own.port },
    { name: "our server's app", port: byApp.port },
    { name: "somebody's app", port: (mounted.address() as AddressInfo).port },
  ];
}

/** An answer without what tells of the connection, the time, and how large the cell's memory was. */
interface Heard {
  readonly status: string;
  readonly headers: readonly string[];
  readonly body: string;
}

const ofConnection = /^(?:date|connection|keep-alive|transfer-encoding):/i;

async function ask(port: number, request: string): Promise<Heard> {
  // The call after a trap pays for a new cell.
  await host.registry.callJson("calc", "version");
  const client = await RawClient.open({ port });
  const text = (await client.send(request).end()).replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, "");
  const [top = "", ...rest] = text.split("\r\n\r\n");
  const [status = "", ...lines] = top.split("\r\n");
  const isChunked = lines.some((line) => /^transfer-encoding: chunked/i.test(line));
  const body = rest.join("\r\n\r\n");
  const headers = lines
    .filter((line) => !ofConnection.test(line))
    .map((line) => line.toLowerCase().replace(/^(hotcell-fuel: )\d+$/, "$1some"));
  return {
    status: status.slice("HTTP/1.1 ".length, 12),
    headers: headers.sort(),
    body: isChunked ? unchunked(body) : body,
  };
}

/** What chunks hold, however it was cut. */
function unchunked(body: string): string {
  const [, length = "0"] = /^([\da-f]+)\r\n/.exec(body) ?? [];
  const from = length.length + 2;
  const end = from + Number.parseInt(length, 16);
  return end === from ? "" : body.slice(from, end) + unchunked(body.slice(end + 2));
}

const json = "Content-Type: application/json";
const close = "Connection: close";
const post = (path: string, body: string, ...fields: string[]) =>
  head(`POST /call/${path}`, close, `Content-Length: ${Buffer.byteLength(body)}`, ...fields) +
  Buffer.from(body).toString("latin1");
const get = (path: string, ...fields: string[]) => head(`GET /call/${path}`, close, ...fields);
const chunked = (path: string, chunks: readonly string[], ...fields: string[]) =>
  head(`POST /call/${path}`, close, "Transfer-Encoding: chunked", ...fields) +
  [...chunks, ""].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
const zipped = gzipSync("[40,2]").toString("latin1");
const gzip = (body: string, ...fields: string[]) =>
  head("POST /call/calc/add", close, json, `Content-Length: ${body.length}`, ...fields) + body;
const octets = "Content-Type: application/octet-stream";
const lines = (path: string, body: string, ...fields: string[]) =>
  post(path, body, "Content-Type: application/x-ndjson", ...fields);
const anyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
/** `body`: a character for each byte. */
const send = (path: string, body: string, ...fields: string[]) =>
  head(`POST /call/${path}`, close, octets, `Content-Length: ${body.length}`, ...fields) + body;
const accept = (types: string) => `Accept: ${types}`;
const bytesToo = accept("application/octet-stream");
const bearer = (text: string) => `Authorization: Bearer ${text}`;
const evil = "Origin: http://evil.example";
const friend = "Origin: https://console.example";
const deep = "[".repeat(600) + "]".repeat(600);

type Case = readonly [title: string, request: string, status: number, says?: string];

const calls: readonly Case[] = [
  ["arguments by position", post("calc/add", "[40,2]", json), 200, "42"],
  ["arguments by name", post("calc/add", '{"b":2,"a":40}', json), 200, "42"],
  ["text beyond ASCII", post("calc/echo", '["Zoë 👩‍👩‍👧"]', json), 200],
  ["a type with parameters", post("calc/add", "[40,2]", `${json}; charset=utf-8`), 200, "42"],
  ["a function of an interface", post("calc/math/add-up", "[40,2]", json), 200, "42"],
  ["its full id", post("calc/demo:calc/math@1.0.0/add-up", "[40,2]", json), 200, "42"],
  ["its id escaped", post("calc/demo%3Acalc%2Fmath%401.0.0%2Fadd-up", "[40,2]", json), 200, "42"],
  ["bytes, and bytes back", send("blobs/same", anyByte, bytesToo), 200, anyByte],
  ["bytes, and JSON back", send("blobs/same", "hi"), 200, '"aGk="'],
  ["JSON, and bytes back", post("blobs/same", '["aGk="]', json, bytesToo), 200, "hi"],
  ["no bytes at all", send("blobs/same", "", bytesToo), 200, ""],
  ["a query, and bytes back", get("blobs/same?data=aGk", bytesToo), 200, "hi"],
  ["bytes in chunks", chunked("blobs/same", ["h", "i"], octets, bytesToo), 200, "hi"],
  ["compressed bytes", send("blobs/same", zipped, "Content-Encoding: gzip"), 200, '"WzQwLDJd"'],
  ["bytes, and the others in the query", send("blobs/times?count=1", "hi", bytesToo), 200, "hi"],
  ["bytes without the others", send("blobs/times", "hi"), 400, "bad-argument"],
  ["bytes twice", send("blobs/same?data=aGk", "hi"), 400, "given in the body and in the query"],
  ["a query that bytes have no parameter for", send("blobs/same?date=x", "hi"), 400, "bad-argument"],
  ["bytes for text", send("calc/echo", "hi"), 415, "the function has none"],
  ["bytes for two", send("blobs/both", "hi"), 415, "the function has more"],
  ["more bytes than the plugin takes", send("tight-blobs/same", "x".repeat(11)), 413, "argument-too-large"],
  ["the ok part as bytes", send("blobs/checked", "hi", bytesToo), 200, "hi"],
  ["an error that would be bytes", send("blobs/checked", "", bytesToo), 422, '"payload":""'],
  [
    "JSON liked better",
    send("blobs/same", "hi", accept("application/octet-stream;q=0.5, application/json")),
    200,
    '"aGk="',
  ],
  [
    "bytes liked better",
    send("blobs/same", "hi", accept("application/json;q=0.5, Application/Octet-Stream")),
    200,
    "hi",
  ],
  ["bytes not taken", send("blobs/same", "hi", accept("*/*, application/octet-stream;q=0")), 200, '"aGk="'],
  ["anything taken", send("blobs/same", "hi", accept("*/*")), 200, '"aGk="'],
  ["calls in lines", lines("calc/nothing", "[]\n{}\r\n\n[]"), 200, "{}\n{}\n{}\n"],
  ["no line at all", lines("calc/add", ""), 200, ""],
  [
    "lines in chunks",
    chunked("calc/nothing", ["[", "]\n[", "]\n"], "Content-Type: application/x-ndjson"),
    200,
    "{}\n{}\n",
  ],
  ["lines with errors", lines("calc/add", '[1]\n{\n"a"'), 200, "Line 2 is not JSON"],
  [
    "a line that is more than the plugin takes",
    lines("tight/add", "[1,         2]"),
    200,
    "argument-too-large",
  ],
  [
    "a line that is more than bodies may be",
    lines("calc/echo", `["${"x".repeat(500_000)}"]`),
    200,
    "too-large",
  ],
  ["lines with an expectation", lines("calc/nothing", "[]", "Expect: 100-continue"), 200, "{}\n"],
  ["lines for a function that is not there", lines("calc/ad", "[1]"), 404, "function-not-found"],
  ["lines with a coding", lines("calc/add", "[1]", "Content-Encoding: br"), 415, "unsupported-coding"],
  ["lines with a key", lines("calc/add", "[1]", "Idempotency-Key: a"), 400, "one call"],
  ["lines with a query", lines("calc/add?a=1", "[1]"), 400, "bad-request"],
  ["lines of a page of another site", lines("calc/add", "[1]", evil), 403, "cross-site"],
  ["bytes wanted of a number", post("calc/add", "[40,2]", json, bytesToo), 200, "42"],
  ["bytes of a page of another site", send("blobs/same", "hi", evil), 403, "cross-site"],
  ["no arguments and no body", head("POST /call/calc/version", close), 200, "1"],
  ["no arguments and an empty body", post("calc/version", "", json), 200, "1"],
  ["no result", post("calc/nothing", "[]", json), 204, ""],
  ["arguments in the query", get("calc/add?a=40&b=2"), 200, "42"],
  ["escapes in the query", get("calc/echo?text=a%20%26%20b+c'%22"), 200],
  ["chunks", chunked("calc/add", ["[4", "0,", "2]"], json), 200, "42"],
  ["chunks without a byte", chunked("calc/version", [], json), 200, "1"],
  ["a body of several packets", post("calc/echo", JSON.stringify(["x".repeat(300_000)]), json), 200],
  ["a compressed body", gzip(zipped, "Content-Encoding: gzip"), 200, "42"],
  ["dots in the path", post("x/../calc/add", "[40,2]", json), 200, "42"],
  ["the whole URL as target", get("calc/version").replace("/call", "http://localhost/call"), 200, "1"],
  ["a slash at the end", post("calc/add/", "[1,2]", json), 404, "function-not-found"],
  ["an error of the function", post("calc/divide", "[42,0]", json), 422, "divide by zero"],
  ["a trap", post("calc/boom", "[]", json), 502, "trap"],
  ["a plugin that is not there", post("calk/add", "[1,2]", json), 404, "plugin-not-found"],
  ["a function that is not there", post("calc/ad", "[1,2]", json), 404, "function-not-found"],
  ["too few arguments", post("calc/add", "[1]", json), 400, "bad-argument"],
  ["too few in the query", get("calc/add?a=1"), 400, "bad-argument"],
  ["text that is no JSON", post("calc/add", "[1,", json), 400, "bad-json"],
  ["bytes that are no UTF-8", gzip('["\xff"]'), 400, "bad-json"],
  ["a byte order mark", post("calc/add", "\ufeff[1,2]", json), 400, "bad-json"],
  ["too deep a text", post("calc/add", deep, json), 400, "bad-json"],
  ["an escape that is none", get("calc/echo?text=%zz"), 400, "bad-request"],
  ["a query beside a body", post("calc/add?dry-run", "[1,2]", json), 400, "bad-request"],
  ["no type", post("calc/add", "[1,2]"), 415, "unsupported-media-type"],
  ["another type", post("calc/add", "[1,2]", "Content-Type: text/plain"), 415, "unsupported-media-type"],
  ["two types", post("calc/add", "[1,2]", json, "Content-Type: text/plain"), 415, "unsupported-media-type"],
  ["another charset", post("calc/add", "[1,2]", `${json}; charset=latin1`), 415, "charset"],
  ["another coding", gzip(zipped, "Content-Encoding: zip"), 415, "unsupported-coding"],
  ["a coding that is not the body's", gzip("[40,2]", "Content-Encoding: gzip"), 400, "bad-request"],
  ["more than the plugin takes", post("tight/add", "[1,         2]", json), 413, "argument-too-large"],
  ["more than bodies may be", post("calc/echo", `["${"x".repeat(500_000)}"]`, json), 413, "too-large"],
  ["chunks that are more", chunked("calc/echo", [`["${"x".repeat(500_000)}"]`], json), 413, "too-large"],
  ["HEAD", head("HEAD /call/calc/version", close), 405],
  ["PUT", head("PUT /call/calc/version", close, "Content-Length: 0"), 405, "method-not-allowed"],
  ["OPTIONS", head("OPTIONS /call/calc/version", close), 405, "method-not-allowed"],
  ["an expectation", post("calc/add", "[40,2]", json, "Expect: 100-continue"), 200, "42"],
  [
    "an expectation for a body of another type",
    post("calc/add", "[1]", "Expect: 100-continue", "Content-Type: a/b"),
    415,
  ],
  ["a page of another site", post("calc/version", "", evil), 403, "cross-site"],
  ["a link on one", get("calc/version", "Sec-Fetch-Site: cross-site"), 403, "cross-site"],
  ["an address that was typed in", get("calc/version", "Sec-Fetch-Site: none"), 200, "1"],
  ["another host", get("calc/version").replace("localhost", "evil.example"), 403, "forbidden-host"],
  ["a host with a port", get("calc/version").replace("localhost", "127.0.0.1:61234"), 200, "1"],
  ["a host that is none", get("calc/version").replace("localhost", "a/b"), 400],
  ["a plugin with a rate", get("rated/version"), 200, "1"],
  ["the last that the rate allows", post("rated/divide", "[1,0]", json), 422],
  ["lines of which the rate allows none", lines("rated/version", "[]"), 429, "rate-limited"],
  ["more than the rate allows", get("rated/version"), 429, "rate-limited"],
  ["a wrong token where none is needed", get("calc/version", bearer("x")), 200, "1"],
];

const withTokens: readonly Case[] = [
  ["no token", get("calc/version"), 401, "none came with it"],
  ["the admin's", get("calc/version", bearer(token)), 200, "1"],
  ["one that may", post("calc/add", "[40,2]", json, bearer(caller)), 200, "42"],
  ["one for another plugin", get("tight/version", bearer(caller)), 403, "forbidden"],
  ["a wrong one", get("calc/version", bearer("wrong")), 401, "not the right one"],
  ["two", get("calc/version", bearer(token), bearer(token)), 401, "not one Bearer token"],
  ["another scheme", get("calc/version", "Authorization: Basic eA=="), 401, "not one Bearer token"],
  ["none, and a body that nobody reads", post("calc/echo", `["${"x".repeat(300_000)}"]`, json), 401],
];

const withOrigins: readonly Case[] = [
  ["a page that may", post("calc/add", "[40,2]", json, friend, "Sec-Fetch-Site: cross-site"), 200, "42"],
  ["a question of its", get("calc/version", friend, "Sec-Fetch-Site: cross-site"), 200, "1"],
  ["an error of its", post("calc/add", "[1]", json, friend), 400, "bad-argument"],
  ["nothing for it", post("calc/nothing", "[]", json, friend), 204],
  ["a page that may not", get("calc/version", evil), 403, "cross-site"],
  ["no page", get("calc/version"), 200, "1"],
  ["a preflight", head("OPTIONS /call/calc/add", close, friend, "Access-Control-Request-Method: POST"), 204],
];

/** What is answered before an app, or without its own paths, is not an app's to answer. */
const ofOurServer = new Set(["PUT", "OPTIONS", "a host that is none"]);

const audiences: readonly (readonly [to: string, cases: readonly Case[], options: Partial<ApiOptions>])[] = [
  ["to anybody", calls, { limits: { json: 400_000 } }],
  ["with tokens", withTokens, { privateCalls: true }],
  ["for pages of other origins", withOrigins, { cors: ["https://console.example"] }],
];

describe.each(audiences)("calls %s", async (_, cases, options) => {
  const [own, ...others] = await waysTo(options);

  for (const [title, request, status, says = ""] of cases) {
    it(`are answered alike: ${title}`, async () => {
      const expected = await ask(own!.port, request);
      expect(expected.status).toBe(`${status}`);
      expect(expected.body).toContain(says);
      for (const { name, port } of others) {
        if (name === "somebody's app" && ofOurServer.has(title)) continue;
        expect([name, await ask(port, request)]).toEqual([name, expected]);
      }
    });
  }
});
