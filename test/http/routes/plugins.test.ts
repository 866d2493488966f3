import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const v1 = sample({ version: 1 });
const v2 = sample({ version: 2 });
const digest = (bytes: Uint8Array) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const host = await hostOfFile();

/** Every test works on a plugin of its own. */
let count = 0;
let name = "";
beforeEach(() => {
  name = `plugin-${++count}`;
});

const version = async () => (await host.call(`${name}/version`, [])).json;
const details = () => host.send("GET", `/plugins/${name}`);

describe("PUT /plugins/{name}", () => {
  it("creates, swaps, and leaves the same upload alone", async () => {
    const created = await host.put(name, v1);
    expect(created.status).toBe(201);
    expect(created.headers.get("etag")).toBe('"1"');
    expect(created.headers.get("location")).toBe(`/plugins/${name}`);
    expect(created.json).toMatchObject({
      plugin: name,
      outcome: "created",
      revision: 1,
      version: digest(v1),
      size: v1.length,
      changes: [],
    });
    expect(created.json.world).toContain("export version: func() -> u32;");
    expect(Object.keys(created.json.timings)).toContain("swap");
    const timed = created.headers.get("server-timing")!.split(", ");
    expect(timed).toHaveLength(Object.keys(created.json.timings).length);
    expect(timed).toContain(`swap;dur=${created.json.timings.swap}`);
    expect(await version()).toBe(1);

    const swapped = await host.put(name, v2);
    expect(swapped).toMatchObject({ status: 200, json: { outcome: "swapped", revision: 2 } });
    expect(swapped.headers.get("etag")).toBe('"2"');
    expect(await version()).toBe(2);

    const unchanged = await host.put(name, v2);
    expect(unchanged).toMatchObject({ status: 200, json: { outcome: "unchanged", revision: 2 } });
  });

  it("takes multipart with settings, and keeps them when the next upload brings none", async () => {
    const body = new FormData();
    body.set("plugin", new Blob([v1 as Uint8Array<ArrayBuffer>]), "plugin.wasm");
    body.set("settings", JSON.stringify({ mode: "fresh", grants: { clocks: true } }));
    const created = await host.send("PUT", `/plugins/${name}`, { body });
    expect(created).toMatchObject({
      status: 201,
      json: { version: digest(v1), settings: { mode: "fresh" } },
    });
    const swapped = await host.put(name, v2);
    expect(swapped.json.settings).toMatchObject({ mode: "fresh", grants: { clocks: true } });
  });

  it("takes a raw body of the type for unknown files, or of none", async () => {
    const body = v1 as Uint8Array<ArrayBuffer>;
    const headers = { "content-type": "application/octet-stream" };
    expect(await host.send("PUT", `/plugins/${name}`, { body, headers })).toMatchObject({ status: 201 });
    expect(await host.send("PUT", `/plugins/${name}`, { body })).toMatchObject({
      json: { outcome: "unchanged" },
    });
  });

  it("adds ?grant to the settings the plugin has", async () => {
    const created = await host.put(name, v1, "?grant=clocks&grant=random");
    expect(created.json.settings.grants).toEqual({ clocks: true, random: true });
    const swapped = await host.put(name, v2, "?grant=logging");
    expect(swapped.json.settings.grants).toEqual({ clocks: true, random: true, logging: true });
  });

  it("plans with ?dry-run and changes nothing", async () => {
    expect(await host.put(name, v1, "?dry-run")).toMatchObject({ status: 200, json: { outcome: "planned" } });
    expect((await details()).status).toBe(404);
    await host.put(name, v1, "?dry-run=false");
    const planned = await host.put(name, v2, "?dry-run=true");
    expect(planned).toMatchObject({ status: 200, json: { outcome: "planned", version: digest(v2) } });
    expect(planned.headers.get("etag")).toBeNull();
    expect(await version()).toBe(1);
  });

  it("refuses a version that lacks a function, unless ?allow-breaking", async () => {
    await host.put(name, v1);
    const smaller = sample({ version: 2, without: ["add"] });
    const refused = await host.put(name, smaller);
    expect(refused).toMatchObject({ status: 409, json: { code: "incompatible", subject: name } });
    expect(refused.json.detail).toContain("add");
    expect(refused.json.changes).toContainEqual(
      expect.objectContaining({ path: "add", verdict: "breaking", before: expect.any(String) }),
    );
    expect(await version()).toBe(1);
    expect((await host.put(name, smaller, "?allow-breaking=false")).status).toBe(409);
    expect(await host.put(name, smaller, "?allow-breaking")).toMatchObject({
      status: 200,
      json: { outcome: "swapped" },
    });
    expect(await version()).toBe(2);
  });

  it.each([
    ["?dryrun", "dry-run"],
    ["?allow_breaking", "allow-breaking"],
    ["?grants=clocks", "grant"],
  ])("refuses the unknown parameter %s rather than to deploy", async (query, near) => {
    const answer = await host.put(name, v1, query);
    expect(answer).toMatchObject({ status: 400, json: { code: "bad-request", near: [near] } });
    expect((await details()).status).toBe(404);
  });

  it("refuses a flag that is neither true nor false", async () => {
    expect(await host.put(name, v1, "?dry-run=maybe")).toMatchObject({
      status: 400,
      json: { subject: "dry-run" },
    });
  });
});

describe("preconditions", () => {
  it("If-Match lets exactly one of two writers through", async () => {
    const { headers } = await host.put(name, v1);
    const match = { "if-match": headers.get("etag")! };
    expect((await host.put(name, v2, "", match)).status).toBe(200);
    const late = await host.put(name, v1, "", match);
    expect(late).toMatchObject({ status: 412, json: { code: "stale-revision", actual: 2 } });
    expect(await version()).toBe(2);
  });

  it.each(['"7"', '"7", "8"', '"abc"', 'W/"1"', 'W/"1", W/"2"', 'W/"1", "7"', '""', '"1,7"'])(
    "If-Match: %s does not match revision 1",
    async (tag) => {
      await host.put(name, v1);
      expect(await host.put(name, v2, "", { "if-match": tag })).toMatchObject({
        status: 412,
        json: { code: "stale-revision" },
      });
    },
  );

  it("If-Match with what a proxy made of a tag is told what to send", async () => {
    await host.put(name, v1);
    for (const tag of ['"1-gzip"', '"1;br"', '"1--gzip"', '"1-gzip", "x"']) {
      expect(await host.put(name, v2, "", { "if-match": tag })).toMatchObject({
        status: 412,
        json: {
          code: "stale-revision",
          actual: tag,
          expected: '"1"',
          remedy: expect.stringContaining('If-Match: "1".'),
        },
      });
    }
  });

  it("If-Match with a weak tag alone is told that it never matches, and what to send", async () => {
    await host.put(name, v1);
    for (const [method, path] of [
      ["PUT", ""],
      ["PATCH", ""],
      ["POST", "/rollback"],
      ["DELETE", ""],
    ] as const) {
      const type = method === "PUT" ? "application/wasm" : "application/json";
      const answer = await host.send(method, `/plugins/${name}${path}`, {
        ...(method !== "DELETE" && { body: "{}" }),
        headers: { "if-match": 'W/"1"', "content-type": type },
      });
      expect(answer).toMatchObject({
        status: 412,
        json: {
          code: "stale-revision",
          detail: 'If-Match compares strongly, and W/"1" is weak: it matches nothing.',
          expected: '"1"',
          remedy: expect.stringContaining('If-Match: "1".'),
        },
      });
    }
  });

  it.each(['"1"', "1", '"9", "1"', "*", 'W/"1", "1"', ' ,"1", ', '"a,b","1"'])(
    "If-Match: %s matches revision 1",
    async (tag) => {
      await host.put(name, v1);
      expect((await host.put(name, v2, "", { "if-match": tag })).status).toBe(200);
    },
  );

  it("If-Match never creates", async () => {
    for (const tag of ['"1"', "*"]) {
      expect((await host.put(name, v1, "", { "if-match": tag })).status).toBe(412);
    }
    expect((await details()).status).toBe(404);
  });

  it("If-None-Match: * only creates", async () => {
    const absent = { "if-none-match": "*" };
    expect((await host.put(name, v1, "", absent)).status).toBe(201);
    expect(await host.put(name, v2, "", absent)).toMatchObject({
      status: 412,
      json: { code: "already-exists" },
    });
    expect(await version()).toBe(1);
  });

  it("other forms are bad requests", async () => {
    for (const tag of ["abc", "", ",", '"1', '*, "1"', 'w/"1"', '"1" "2"', "**"]) {
      expect(await host.put(name, v1, "", { "if-match": tag })).toMatchObject({
        status: 400,
        json: { subject: "If-Match", remedy: expect.any(String) },
      });
    }
    for (const tag of ['"1"', 'W/"1"', '*, "1"', ""]) {
      expect(await host.put(name, v1, "", { "if-none-match": tag })).toMatchObject({
        status: 400,
        json: { subject: "If-None-Match", remedy: expect.any(String) },
      });
    }
  });

  it("hold for settings, rollback and removal too", async () => {
    await host.put(name, v1);
    await host.put(name, v2);
    const headers = { "if-match": '"1"', "content-type": "application/json" };
    const path = `/plugins/${name}`;
    expect((await host.send("PATCH", path, { headers, body: '{"mode":"fresh"}' })).status).toBe(412);
    expect((await host.send("POST", `${path}/rollback`, { headers })).status).toBe(412);
    expect((await host.send("DELETE", path, { headers })).status).toBe(412);
    expect((await details()).json.revision).toBe(2);
    expect((await host.send("DELETE", path, { headers: { "if-match": '"2"' } })).status).toBe(204);
  });
});

describe("the rest of a plugin's life", () => {
  it("is listed and described", async () => {
    await host.put(name, v1);
    await host.call(`${name}/add`, [1, 2]);
    const list = await host.send("GET", "/plugins", { anonymous: true });
    expect(list.status).toBe(200);
    expect(list.json.plugins).toContainEqual(
      expect.objectContaining({ name, revision: 1, version: digest(v1) }),
    );
    const one = await host.send("GET", `/plugins/${name}`, { anonymous: true });
    expect(one.headers.get("etag")).toBe('"1"');
    expect(one.json).toMatchObject({ name, size: v1.length, counters: { calls: 1, traps: 0 } });
    expect(one.json.functions).toContain("add");
  });

  it("is counted since a time that the details say", async () => {
    const before = Date.now();
    await host.put(name, v1);
    await host.call(`${name}/add`, [1, 2]);
    const { counters } = (await details()).json;
    expect(counters).toMatchObject({ calls: 1 });
    expect(Date.parse(counters.since)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(counters.since)).toBeLessThanOrEqual(Date.now());
    await host.put(name, v2);
    expect((await details()).json.counters).toMatchObject({ calls: 1, since: counters.since });
    const listed = await host.send("GET", `/plugins?name=${name}&counters`);
    expect(listed.json.plugins).toMatchObject([{ name, counters: { calls: 1, since: counters.since } }]);
    expect((await host.send("GET", `/plugins?name=${name}`)).json.plugins[0]).not.toHaveProperty("counters");
  });

  it("is listed by name and by pattern, page by page", async () => {
    for (const suffix of ["a", "b", "c"]) await host.put(`${name}-x-${suffix}`, v1);
    const list = async (query: string) => {
      const { status, json } = await host.send("GET", `/plugins?${query}`);
      expect(status).toBe(200);
      return json.plugins.map((plugin: { name: string }) => plugin.name.slice(name.length));
    };
    expect(await list(`name=${name}-x-*`)).toEqual(["-x-a", "-x-b", "-x-c"]);
    expect(await list(`name=${name}-*-b`)).toEqual(["-x-b"]);
    expect(await list(`name=${name}-x-c&name=${name}-x-a&name=${name}-none`)).toEqual(["-x-a", "-x-c"]);
    expect(await list(`name=${name}-x-*&after=${name}-x-a&limit=1`)).toEqual(["-x-b"]);
    expect(await list(`name=${name}-x-*&damaged`)).toEqual([]);
    expect(await list(`name=${name}-x-*&damaged=false`)).toEqual(["-x-a", "-x-b", "-x-c"]);
    const page = await host.send("GET", `/plugins?name=${name}-x-*&limit=2`);
    expect(page.json.next).toBe(`${name}-x-b`);
    expect(await list(`name=${name}-x-*&after=${page.json.next}`)).toEqual(["-x-c"]);
  });

  it.each([
    ["name=*", "bad-request"],
    ["name=a*b*", "bad-request"],
    ["name=Shop", "bad-plugin-name"],
    ["name=", "bad-plugin-name"],
    [Array(101).fill("name=a").join("&"), "bad-request"],
    ["damaged=1", "bad-request"],
    ["limit=0", "bad-request"],
  ])("is not listed for ?%s", async (query, code) => {
    expect(await host.send("GET", `/plugins?${query}`)).toMatchObject({
      status: 400,
      json: { code, remedy: expect.any(String) },
    });
  });

  it("takes new settings as a new revision", async () => {
    await host.put(name, v1);
    const patch = (body: unknown, type = "application/merge-patch+json") =>
      host.send("PATCH", `/plugins/${name}`, {
        body: JSON.stringify(body),
        headers: { "content-type": type },
      });
    const patched = await patch({ mode: "fresh" });
    expect(patched).toMatchObject({ status: 200, json: { revision: 2, settings: { mode: "fresh" } } });
    expect(patched.headers.get("etag")).toBe('"2"');
    expect((await patch({ mode: null }, "application/json")).json).toMatchObject({
      settings: { mode: "shared" },
    });
    expect(await patch({ mode: "turbo" })).toMatchObject({ status: 400, json: { code: "bad-settings" } });
    expect(await patch([])).toMatchObject({ status: 400, json: { code: "bad-request" } });
    expect((await patch({}, "text/plain")).status).toBe(415);
  });

  it("rolls back to the version before, or to a chosen one", async () => {
    await host.put(name, v1);
    const roll = (body?: string) =>
      host.send("POST", `/plugins/${name}/rollback`, {
        ...(body !== undefined && { body, headers: { "content-type": "application/json" } }),
      });
    expect(await roll()).toMatchObject({ status: 409, json: { code: "nothing-to-roll-back" } });
    await host.put(name, v2);
    const back = await roll();
    expect(back).toMatchObject({
      status: 200,
      json: { outcome: "swapped", revision: 3, version: digest(v1) },
    });
    expect(back.headers.get("etag")).toBe('"3"');
    expect(await version()).toBe(1);
    expect((await roll(JSON.stringify({ to: digest(v2) }))).status).toBe(200);
    expect(await version()).toBe(2);
    expect(await roll('{"to":"sha256:00"}')).toMatchObject({
      status: 404,
      json: { code: "version-not-found" },
    });
    expect((await roll('{"to":7}')).status).toBe(400);
    expect(await roll('{"too":"x"}')).toMatchObject({ status: 400, json: { subject: "too" } });
    expect((await roll("{")).json.code).toBe("bad-json");
  });

  it("ends with DELETE", async () => {
    await host.put(name, v1);
    const gone = await host.send("DELETE", `/plugins/${name}`);
    expect(gone).toMatchObject({ status: 204, text: "" });
    expect((await details()).json.code).toBe("plugin-not-found");
    expect((await host.call(`${name}/version`, [])).status).toBe(404);
    expect((await host.send("DELETE", `/plugins/${name}`)).status).toBe(404);
  });
});

describe("reflection", () => {
  it("prints the world, of any version", async () => {
    await host.put(name, v1);
    await host.put(name, sample({ version: 2, without: ["nothing", "echo"] }), "?allow-breaking");
    const live = await host.send("GET", `/plugins/${name}/wit`, { anonymous: true });
    expect(live.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(live.text).toContain("export divide: func(dividend: u32, divisor: u32) -> result<u32, string>;");
    expect(live.text).not.toContain("echo");
    const old = await host.send("GET", `/plugins/${name}/wit?version=${digest(v1)}`, { anonymous: true });
    expect(old.text).toContain("export echo: func(text: string) -> string;");
    expect((await host.send("GET", `/plugins/${name}/wit?version=x`)).json.code).toBe("version-not-found");
  });

  it("lists versions and gives back their bytes", async () => {
    await host.put(name, v1);
    await host.put(name, v2);
    const versions = await host.send("GET", `/plugins/${name}/versions`, { anonymous: true });
    expect(versions.json).toMatchObject({
      plugin: name,
      versions: [
        { version: digest(v2), live: true, revisions: [2] },
        { version: digest(v1), live: false, revisions: [1] },
      ],
    });
    const answer = await fetch(`${host.url}/plugins/${name}/versions/${digest(v1)}/wasm`, {
      headers: { authorization: "Bearer test-token" },
    });
    expect(answer.headers.get("content-type")).toBe("application/wasm");
    expect(answer.headers.get("etag")).toBe(`"${digest(v1)}"`);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(v1);
  });

  it("compares versions, by default with the live one", async () => {
    await host.put(name, v1);
    const smaller = sample({ version: 2, without: ["add"] });
    await host.put(name, smaller, "?allow-breaking");
    const path = `/plugins/${name}/diff`;
    const forth = await host.send("GET", `${path}?from=${digest(v1)}`, { anonymous: true });
    expect(forth.json).toMatchObject({ plugin: name, from: digest(v1), to: digest(smaller) });
    expect(forth.json.changes).toMatchObject([{ path: "add", verdict: "breaking" }]);
    const back = await host.send("GET", `${path}?from=${digest(smaller)}&to=${digest(v1)}`);
    expect(back.json.changes).toMatchObject([{ path: "add", verdict: "compatible" }]);
    expect((await host.send("GET", path)).json).toMatchObject({ status: 400, subject: "from" });
    expect((await host.send("GET", `${path}?from=x`)).status).toBe(404);
  });
});
