import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plugin } from "../../host/embedding/plugin-api.ts";
import { type ComponentError, HotcellError } from "../../host/errors.ts";
import { createHost } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { open } from "../../host/open.ts";
import { sample } from "../guests/small-plugins.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake } from "../support/hosts.ts";
import { refusal, refusalOf } from "../support/thrown.ts";

const host = await createHost();
const routes = pluginRoutes(host);
const opened: Record<string, Plugin> = {};
beforeAll(async () => {
  for (const [name, wasm] of [
    ["shapes", exampleWasm("shapes")],
    ["counter", exampleWasm("counter")],
    ["sample", sample()],
  ] as const) {
    // One cell each call, for what a plugin remembers is not the same at two doors.
    opened[name] = await open(wasm, { mode: "fresh" });
    await host.registry.deploy(name, wasm, { settings: { mode: "fresh" } });
  }
});
afterAll(async () => {
  for (const plugin of Object.values(opened)) await plugin.close();
  await host.close();
});

/** JSON text of what a door gives: a result, or the problem that it is refused with. */
async function told(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return JSON.parse(JSON.stringify(await call()));
  } catch (error) {
    if (!(error instanceof HotcellError)) throw error;
    return JSON.parse(JSON.stringify(error.toProblem()));
  }
}

async function overHttp(plugin: string, path: string, body: unknown): Promise<unknown> {
  const answer = await routes.request(`/call/${plugin}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answer.status === 204 ? null : answer.json();
}

async function sameEverywhere(plugin: string, path: string, body: unknown): Promise<unknown> {
  const http = await overHttp(plugin, path, body);
  // What a client sends is text; a program may have it parsed, or made.
  const json = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
  const inCode = opened[plugin]!;
  expect(await told(() => inCode.callJson(path, json))).toEqual(http);
  expect(await told(() => inCode.lookup(path).callJson(json))).toEqual(http);
  expect(await told(() => awake(host.registry.callable(plugin, path)).callJson(json))).toEqual(http);
  expect(await told(() => host.registry.callJson(plugin, path, json))).toEqual(http);
  return http;
}

const calls: readonly (readonly [plugin: string, path: string, body: unknown])[] = [
  ["counter", "increment", [5]],
  ["counter", "increment", { by: 5 }],
  ["counter", "increment", { BY: 5 }],
  ["counter", "increment", ["5"]],
  ["counter", "increment", 5],
  ["counter", "increment", [1, 2]],
  ["counter", "increment", undefined],
  ["sample", "nothing", []],
  ["sample", "nothing", undefined],
  ["sample", "divide", { dividend: 7, divisor: 2 }],
  ["sample", "divide", { dividend: 7, divisor: 0 }],
  ["sample", "boom", []],
  ["sample", "add", [4294967295, 1]],
  ["sample", "add", [4294967296, 1]],
  ["shapes", "clamp", ["-9223372036854775808", -5, 5]],
  ["shapes", "clamp", [9007199254740992, -5, 5]],
  ["shapes", "mean", ["NaN", 1]],
  ["shapes", "mean", ["Infinity", 1]],
  ["shapes", "invert", ["AQID"]],
  ["shapes", "invert", [[1, 2, 3]]],
  ["shapes", "invert", ["not base64!"]],
  ["shapes", "histogram", { samples: [1, 2, 3], buckets: 2 }],
  ["shapes", "divide", [7, 2]],
  ["shapes", "describe", [{ text: "a", at: { x: 1, y: 2 }, tags: [] }]],
  ["shapes", "describe", [{ text: "a", tags: [] }]],
  ["shapes", "describe", [{ text: "a", at: null, tags: [], colour: "red" }]],
  ["shapes", "describe", { l: { text: "a", tags: "x" } }],
  ["shapes", "opposite", ["dark-green"]],
  ["shapes", "opposite", ["darkGreen"]],
  ["shapes", "grant", [{ read: true }]],
  ["shapes", "grant", [["read", "run"]]],
  ["shapes", "grant", [["reed"]]],
  ["shapes", "may-edit", [{ read: true, write: "yes" }]],
  ["shapes", "mayEdit", [{}]],
  ["shapes", "area", [{ tag: "circle", val: 1 }]],
  ["shapes", "area", [{ tag: "Circle", val: 1 }]],
  ["shapes", "area", [{ tag: "circle", value: 1 }]],
  ["shapes", "grow", [{ tag: "polygon", val: [{ x: 0, y: 0 }] }, 2]],
  ["shapes", "setting", ["none"]],
  ["shapes", "find-word", [["a", "b"], "z"]],
  ["shapes", "parse-number", ["12"]],
  ["shapes", "parse-number", ["twelve"]],
  ["shapes", "check-word", [""]],
  ["shapes", "first-point", [[]]],
  ["shapes", "toss", [1]],
  ["shapes", "toss", [2]],
  ["shapes", "copy-sketch", [{}]],
];

describe("callJson", () => {
  it.each(calls)("%s/%s %j is what HTTP answers", async (plugin, path, body) => {
    await sameEverywhere(plugin, path, body);
  });

  it("is what HTTP answers, whatever comes", async () => {
    const paths = ["describe", "grow", "grant", "opposite", "clamp", "setting", "first-point", "invert"];
    const word = fc.constantFrom(
      "text",
      "tags",
      "at",
      "x",
      "y",
      "tag",
      "val",
      "circle",
      "read",
      "dark-green",
      "1",
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 53, "", "AA==", "NaN"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(word, tie("value"), { maxKeys: 4 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), value, async (path, body) => {
        await sameEverywhere("shapes", path, body);
      }),
      { numRuns: 300 },
    );
  });

  it("gives nothing but JSON: no bigint, no undefined, no typed array", async () => {
    expect(await opened.counter!.callJson("increment", [5])).toBe(5);
    expect(await opened.sample!.callJson("nothing")).toBe(null);
    expect(await opened.shapes!.callJson("invert", [[0, 255]])).toBe("/wA=");
    expect(await opened.shapes!.callJson("clamp", ["9223372036854775807", -1, 1])).toBe(1);
  });

  it("rejects with the plugin's own error, its payload as JSON and as it is", async () => {
    const error = (await refusalOf(opened.shapes!.callJson("parse-number", ["x"]))) as ComponentError;
    expect(error.code).toBe("guest-error");
    expect(error.toProblem().payload).toBe(error.payload);
  });

  it("wakes a plugin that has not run since the host began", async () => {
    const answer = await host.registry.callJson("counter", "increment", { by: 2 });
    expect(answer).toBe(2);
    expect((await refusalOf(host.registry.callJson("countr", "increment"))).facts.remedy).toBe(
      "Did you mean counter?",
    );
  });
});

describe("a typed call", () => {
  const describeLabel = () => {
    const symbol = opened.shapes!.lookup("describe");
    return symbol.as<(label: unknown) => string>(String(symbol));
  };

  it("refuses fields that the type does not have, as JSON is held to it", async () => {
    const call = describeLabel();
    const label = { text: "a", tags: [] };
    const expected = call(label);
    expect(call({ tags: [], at: undefined, text: "a" })).toBe(expected);
    for (const [wrong, said] of [
      [{ ...label, colour: "red" }, 'the unknown field "colour"'],
      [{ ...label, At: { x: 1, y: 2 } }, 'the unknown field "At"'],
      [{ text: "a", tag: [] }, 'the unknown field "tag"'],
      [{ ...label, at: { x: 1, y: 2, z: 3 } }, 'the unknown field "z"'],
    ] as const) {
      const error = refusal(() => call(wrong));
      expect(error.code).toBe("bad-argument");
      expect(error.message).toContain(said);
      const http = (await overHttp("shapes", "describe", [wrong])) as { detail: string; remedy: string };
      expect(http.detail).toContain(said);
      expect(http.remedy.startsWith(error.facts.remedy!)).toBe(true);
    }
  });

  it("says the name in camelCase where WIT's comes, which JSON may have", () => {
    const call = opened.shapes!.lookup("opposite");
    const opposite = call.as<(colour: string) => string>(String(call));
    expect(refusal(() => opposite("darkGreen")).facts.remedy).toContain("Did you mean dark-green?");
  });

  it("takes objects of classes, whose own fields alone count", () => {
    class Label {
      readonly text = "a";
      get tags() {
        return [];
      }
      describe() {}
    }
    expect(describeLabel()(new Label())).toBe(describeLabel()({ text: "a", tags: [] }));
  });

  it("refuses what a variant does not have", () => {
    const area = opened.shapes!.lookup("area");
    const call = area.as<(shape: unknown) => number>(String(area));
    expect(refusal(() => call({ tag: "circle", val: 1, value: 2 })).message).toContain('field "value"');
    expect(refusal(() => call({ tag: "empty", value: 2 })).message).toContain('field "value"');
    expect(refusal(() => call({ tag: "Circle", val: 1 })).facts.remedy).toContain("Did you mean circle?");
  });
});
