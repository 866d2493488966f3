/** The lines of SECURITY.md that run the host under Node's permission model. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { finished, killRunning, Lines, type Running, startNode } from "../../support/cli.ts";

const security = readFileSync(new URL("../../../SECURITY.md", import.meta.url), "utf8");
const [line = ""] = /^node --permission (?:.*\\\n)*.*/m.exec(security) ?? [];
const [, ...words] = line.replaceAll("\\\n", " ").trim().split(/\s+/);

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-permission-"));
});
afterEach(async () => {
  await killRunning();
  await rm(data, { recursive: true, force: true });
});

/** The documented line, with a data folder and a port of the test's own. */
const start = (folder = data, without = /^$/, more: readonly string[] = []) =>
  startNode([
    ...more,
    ...words.filter((word) => !without.test(word)).map((word) => word.replace("/var/lib/hotcell", data)),
    "--port=0",
    `--data=${folder}`,
  ]);

/** The plugin "calc" on a host that has just been started. */
async function calc(child: Running) {
  const lines = new Lines(child);
  const [url] = /http:\S+/.exec((await lines.until(/listens on/)).at(-1)!)!;
  const [, token] = /token: (\S+)/.exec((await lines.until(/token/)).at(-1)!)!;
  const send = (method: string, type: string, body: Uint8Array<ArrayBuffer> | string) =>
    fetch(`${url}/plugins/calc`, {
      method,
      body,
      headers: { authorization: `Bearer ${token}`, "content-type": type },
    });
  return {
    url: url!,
    deploy: () => send("PUT", "application/wasm", sample() as Uint8Array<ArrayBuffer>),
    configure: (settings: object) => send("PATCH", "application/json", JSON.stringify(settings)),
  };
}

it("runs as documented: deploys, calls, restarts", async () => {
  expect(words).toContain("--permission");
  for (const round of [1, 2]) {
    const child = start();
    const { url, deploy } = await calc(child);
    if (round === 1) expect((await deploy()).status).toBe(201);
    const sum = await fetch(`${url}/call/calc/add?a=40&b=2`);
    expect(await sum.json()).toBe(42);
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    expect((await exited)[0]).toBe(0);
  }
});

it("keeps the host out of other folders", async () => {
  const other = await mkdtemp(join(tmpdir(), "hotcell-other-"));
  const { code, stderr } = await finished(start(other));
  await rm(other, { recursive: true, force: true });
  expect(code).toBe(1);
  expect(stderr).toContain("--allow-fs-read");
});

it.each([/^--allow-net$/, /^--allow-worker$/, /^--allow-fs-write/, /^--allow-fs-read/])(
  "does not start without %s",
  async (flag) => {
    expect((await finished(start(data, flag))).code).not.toBe(0);
  },
);

it.each([{ placement: "process" }, { engine: "jco" }])(
  "refuses %o without --allow-child-process, and says so",
  async (settings) => {
    const { url, deploy, configure } = await calc(start());
    await deploy();
    const refused = await configure(settings);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      code: "process-denied",
      expected: "--allow-child-process",
      remedy: expect.stringContaining("--allow-child-process"),
    });
    expect(await (await fetch(`${url}/call/calc/add?a=40&b=2`)).json()).toBe(42);
  },
);

it("starts processes with --allow-child-process", async () => {
  const { url, deploy, configure } = await calc(start(data, /^$/, ["--allow-child-process"]));
  await deploy();
  expect(await (await configure({ placement: "process" })).json()).toMatchObject({
    settings: { placement: "process" },
  });
  expect(await (await fetch(`${url}/call/calc/add?a=40&b=2`)).json()).toBe(42);
});

const host = fileURLToPath(new URL("../../../host", import.meta.url));
const restrictions = ["--permission", "--allow-worker", `--allow-fs-read=${host}`];
it.each([
  ["on the command line", restrictions, {}],
  ["in NODE_OPTIONS", [], { NODE_OPTIONS: restrictions.join(" ") }],
])("restricts the host's threads as well, where its flags are %s", async (_, flags, environment) => {
  // As those of the store and of hardening are started.
  const script = `
    const { Worker } = require("node:worker_threads");
    import(${JSON.stringify(join(host, "platform/thread-options.ts"))}).then(({ threadOptions }) => {
      const read = \`try { require("node:fs").readFileSync(${JSON.stringify(import.meta.filename)}); console.log("read"); }
        catch (error) { console.log(error.code); }\`;
      new Worker(read, { ...threadOptions(), eval: true });
    });`;
  const { stdout, stderr } = await finished(startNode([...flags, "-e", script], { environment }));
  expect(stdout, stderr).toBe("ERR_ACCESS_DENIED\n");
});
