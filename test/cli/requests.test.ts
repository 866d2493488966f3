/** `hotcell test` with requests that a plugin's HTTP handler has to answer. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { finished, killRunning, startHotcell } from "../support/cli.ts";
import { examplePath } from "../support/examples.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-requests-"));
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);

/** `hotcell test` with the router as the component of a folder that has these files. */
async function testing(folder: string, files: Readonly<Record<string, unknown>>, ...args: string[]) {
  await mkdir(join(scratch, folder, "assembly"), { recursive: true });
  for (const [name, content] of Object.entries({ "assembly/index.ts": "", ...files }))
    await writeFile(
      join(scratch, folder, name),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  const line = ["test", folder, "--wasm", examplePath("router"), ...args];
  return finished(startHotcell(line, { cwd: scratch }));
}

const hello = (response: object) => ({ request: { path: "/hello/Ada" }, response });

describe("hotcell test", () => {
  it("sends the requests of requests.json, and says what came instead", async () => {
    const requests = [
      hello({ body: { matches: "Hello*" } }),
      hello({ status: 404 }),
      { request: { path: "/hello/Ada" } },
    ];
    const { code, stdout } = await testing("failing", { "requests.json": { requests } });
    expect(stdout.split("\n")).toEqual([
      "ok    GET /hello/Ada",
      'FAIL  GET /hello/Ada: expected 404, got 200 with "Hello, Ada!"',
      "FAIL  GET /hello/Ada: it says no response to expect, and 200 came",
      "2 of 3 requests failed",
      "",
    ]);
    expect(code).toBe(1);
  });

  it("makes the calls before, under the same settings", async () => {
    const { code, stdout } = await testing("both", {
      "calls.json": { settings: { mode: "shared" }, calls: [{ call: "none" }] },
      "requests.json": { settings: { mode: "shared" }, requests: [hello({})] },
    });
    expect(stdout).toMatch(
      /^FAIL {2}none: .*\nok {4}GET \/hello\/Ada\n1 of 1 calls failed\n1 of 1 requests as expected\n$/,
    );
    expect(code).toBe(1);
    const refused = await testing("two", {
      "calls.json": { settings: { mode: "fresh" }, calls: [] },
      "requests.json": { settings: { mode: "shared" }, requests: [hello({})] },
    });
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("two/calls.json and two/requests.json have other settings"),
    });
  });

  it("writes down with --update what came, and leaves what holds", async () => {
    const text = `{
  "requests": [
    { "request": { "path": "/hello/Ada" } },
    { "request": { "method": "POST", "path": "/words", "body": "a b" }, "traps": true },
    {
      "request": { "method": "POST", "path": "/echo", "body": { "bytes": "/wA=" } },
      "response": { "status": 201, "headers": { "content-type": { "matches": "*octet*" }, "etag": "x" }, "body": "" }
    },
    { "request": { "path": "/nowhere" }, "response": { "status": 404 } }
  ]
}
`;
    const updated = await testing("updated", { "requests.json": text }, "--update");
    expect(updated.stdout).toContain("4 of 4 requests as expected, 3 written into updated/requests.json\n");
    const written = await readFile(join(scratch, "updated/requests.json"), "utf8");
    expect(JSON.parse(written).requests.map(({ response }: { response: object }) => response)).toEqual([
      { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: "Hello, Ada!" },
      {
        status: 200,
        headers: { "content-type": "application/json" },
        body: { json: { words: 2, units: 3 } },
      },
      {
        status: 200,
        headers: { "content-type": { matches: "*octet*" }, etag: null },
        body: { bytes: "/wA=" },
      },
      { status: 404 },
    ]);
    expect(written).not.toContain("traps");
    expect(await testing("updated", {})).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("4 of 4"),
    });
  });

  it("takes another file, and says where there is none, or none that fits", async () => {
    expect(
      await testing("other", { "mine.json": { requests: [hello({})] } }, "--requests", "other/mine.json"),
    ).toMatchObject({
      code: 0,
      stdout: "ok    GET /hello/Ada\n1 of 1 requests as expected\n",
    });
    expect(await testing("other", {}, "--requests", "none.json")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("There is no none.json"),
    });
    expect(await testing("empty", { "requests.json": { requests: [] } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("empty/requests.json has no requests"),
    });
    expect(await testing("list", { "requests.json": [] })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Put the list in its member requests."),
    });
  });
});
