/** Texts that plugins and clients make up, where they come out again: each stays one text, and can be shown. */
import { describe, expect, it } from "vitest";
import { component, logger, sample } from "../../guests/small-plugins.ts";
import { actingCharacters, actsOn } from "../../support/acting-characters.ts";
import { EventStream } from "../../support/event-stream.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { head, RawClient } from "../../support/raw-client.ts";
import { authorization } from "../../support/test-host.ts";

const host = await hostOfFile();
await host.put("calc", sample());

/** Colors, another header, another event, quotes, and one of each kind that acts on other text. */
const hostile =
  "\u001b[2J\u009b31m\r\nX-Evil: 1\r\n\r\nid: 99\nevent: forged\ndata: {}\n\n\u2028\u2029\u0085" +
  '\u202eevil\u2066\u061c\u200f\ufeff\u0000\u007f\u00ad\u200b\u2060\ufff9\u{e0041}"\\</script>';

/** Of those that can be part of a text at all, all; in pieces that fit into what an answer quotes. */
const whole = actingCharacters.filter((character) => character.isWellFormed());
const pieces = Array.from({ length: Math.ceil(whole.length / 30) }, (_, i) =>
  whole.slice(30 * i, 30 * i + 30).join(""),
);

/** `fail` returns what it is given as its error. */
const failing = component(`
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "fail") (param i32 i32) (result i32)
      (i32.store (i32.const 8) (i32.const 1))
      (i32.store (i32.const 12) (local.get 0))
      (i32.store (i32.const 16) (local.get 1))
      (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "fail") (param "text" string) (result (result (error string)))
    (canon lift (core func $i "fail") (memory $memory) (realloc $realloc)))`);

describe("a text made up by a plugin", () => {
  it("as an error is in the problem as it was, and can be shown", async () => {
    await host.put("failing", failing);
    const answer = await host.call("failing/fail", [hostile]);
    expect(answer.status).toBe(422);
    expect(answer.json.payload).toBe(hostile);
    expect(actsOn(answer.text)).toBe(false);
    expect([...answer.headers.keys()]).not.toContain("x-evil");
  });

  it("as an error is shown whatever is in it", async () => {
    for (const piece of pieces) {
      const answer = await host.call("failing/fail", [piece]);
      expect(answer.json.payload).toBe(piece);
      expect(actsOn(answer.text)).toBe(false);
    }
  });

  it("as a line of its log is one event", async () => {
    const settings = JSON.stringify({ grants: { logging: true } });
    const body = new FormData();
    body.set("plugin", new Blob([logger()]));
    body.set("settings", settings);
    expect((await host.send("PUT", "/plugins/logger", { body })).status).toBe(201);
    const raw = await RawClient.open(host);
    raw.send(head("GET /events?plugin=logger", `Authorization: ${authorization}`));
    await raw.until(/retry/);
    const events = await EventStream.open(host, { query: "?plugin=logger" });
    await host.call("logger/say", [hostile]);
    await host.call("logger/say", ["the end"]);
    const [first, second] = await events.take(2);
    expect(first).toMatchObject({ kind: "log", data: { data: { message: hostile } } });
    expect(second).toMatchObject({ kind: "log", data: { data: { message: "the end" } } });
    expect(second!.id).toBe(first!.id + 1);
    events.cut();
    const stream = (await raw.until(/the end/)).split("\r\n\r\n").slice(1).join("");
    const bytes = Buffer.from(stream, "latin1").toString("utf8");
    expect(actsOn(bytes.replace(/[\r\n]/g, ""))).toBe(false);
    expect(bytes).not.toMatch(/^event: forged/m);
    raw.socket.destroy();
  });
});

describe("a text made up by a client", () => {
  const escaped = encodeURIComponent(hostile);
  it.each([
    ["a plugin's name", 404, () => host.send("GET", `/plugins/${escaped}`)],
    ["a name to deploy under", 400, () => host.put(escaped, sample())],
    ["a function", 404, () => host.send("GET", `/call/calc/${escaped}`)],
    ["a plugin to call", 404, () => host.send("GET", `/call/${escaped}/f`)],
    ["a digest", 404, () => host.send("GET", `/plugins/calc/versions/${escaped}/wasm`)],
    ["a path", 404, () => host.send("GET", `/${escaped}`)],
    ["a query parameter", 400, () => host.send("PUT", `/plugins/calc?${escaped}`)],
    ["a flag's value", 400, () => host.send("PUT", `/plugins/calc?dry-run=${escaped}`)],
    ["an argument in the query", 400, () => host.send("GET", `/call/calc/add?a=${escaped}&b=1`)],
    ["an argument", 400, () => host.call("calc/add", [hostile, 1])],
    ["an argument's name", 400, () => host.call("calc/add", { [hostile]: 1, b: 1 })],
    ["a setting", 400, () => patch({ [hostile]: 1 })],
    ["a grant", 400, () => patch({ grants: { [hostile]: true } })],
    ["a mode", 400, () => patch({ mode: hostile })],
    ["a scope", 400, () => create({ scopes: [hostile] })],
    ["a plugin of a token", 400, () => create({ scopes: ["call"], plugins: [hostile] })],
    ["a token's id", 404, () => host.send("DELETE", `/tokens/${escaped}`)],
    ["JSON that is none", 400, () => host.send("POST", "/tokens", { body: hostile, headers: json })],
    ["a type", 415, () => host.put("calc", sample(), "", { "content-type": "a\u0085b\u009b/x" })],
    ["a condition", 400, () => host.put("calc", sample(), "", { "if-match": "\u0085\u009b31m" })],
  ])("as %s is refused, and can be shown", async (_, status, send) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(answer.json.status).toBe(status);
    expect(actsOn(answer.text)).toBe(false);
    expect([...answer.headers.keys()]).not.toContain("x-evil");
    expect(host.faults).toEqual([]);
  });
});

it("a text made up by an owner can be shown in every answer that tells of it", async () => {
  const env = { SHOWN: hostile, ALL: pieces.join("") };
  const checks = JSON.stringify({ calls: [{ call: "add", args: [1, 2], returns: 3 }] });
  const body = new FormData();
  body.set("plugin", new Blob([sample() as Uint8Array<ArrayBuffer>]));
  body.set("settings", JSON.stringify({ env }));
  body.set("checks", checks);
  const uploaded = await host.send("PUT", "/plugins/told", { body });
  expect(uploaded.status).toBe(201);
  const changed = await host.send("PATCH", "/plugins/told", {
    body: JSON.stringify({ env: { SHOWN: `${hostile}!` } }),
    headers: json,
  });
  expect(changed.json.settingsChanges).toMatchObject([{ from: hostile, to: `${hostile}!` }]);
  const details = await host.send("GET", "/plugins/told");
  expect(details.json.settings.env).toEqual({ ...env, SHOWN: `${hostile}!` });
  const history = await host.send("GET", "/plugins/told/deployments");
  expect(history.json.deployments).toHaveLength(2);
  for (const answer of [uploaded, changed, details, history]) expect(actsOn(answer.text)).toBe(false);
});

it("a text that is cut is never cut within a character", async () => {
  // Every length around every place at which something is cut.
  for (const length of [38, 39, 40, 78, 79, 80, 98, 99, 100, 101, 198, 199, 200, 253, 254, 255]) {
    const long = `${"x".repeat(length)}${"😀".repeat(200)}`;
    const escaped = encodeURIComponent(long);
    const answers = await Promise.all([
      host.send("GET", `/plugins/${escaped}`),
      host.put(escaped, sample()),
      host.send("GET", `/call/calc/${escaped}`),
      host.send("GET", `/plugins/calc/versions/${escaped}/wasm`),
      host.send("PUT", `/plugins/calc?${escaped}`),
      host.send("PUT", `/plugins/calc?dry-run=${escaped}`),
      host.send("GET", `/plugins?limit=${escaped}`),
      host.send("GET", `/plugins?name=${escaped}*&name=*`),
      host.send("GET", `/call/calc/add?a=${escaped}&b=1`),
      host.send("POST", `/call/calc/add?${escaped}`, { body: "[]", headers: json }),
      host.call("calc/add", [long, 1]),
      host.call("calc/add", { [long]: 1, b: 1 }),
      host.call("calc/add", [{ [long]: 1 }, 1]),
      patch({ [long]: 1 }),
      patch({ grants: { [long]: true } }),
      patch({ mode: long }),
      create({ [long]: 1 }),
      create({ scopes: [long] }),
      create({ scopes: ["call"], plugins: [long] }),
      create({ scopes: ["call"], name: long }),
      create({ scopes: ["call"], expiresIn: long }),
      create({ scopes: ["call"], expiresAt: long }),
      host.send("DELETE", `/tokens/${escaped}`),
    ]);
    for (const { status, json: problem } of answers) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(problem)).not.toMatch(/\\ud[89a-f]/);
    }
  }
});

const json = { "content-type": "application/json" };
const patch = (settings: unknown) =>
  host.send("PATCH", "/plugins/calc", { body: JSON.stringify(settings), headers: json });
const create = (token: unknown) =>
  host.send("POST", "/tokens", { body: JSON.stringify(token), headers: json });
