/** The lines of SECURITY.md that run the host under Node's permission model. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { finished, killRunning, Lines, startNode } from "../support/cli.ts";
import { sample } from "./components.ts";

const security = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8");
const [line = ""] = /^node --permission (?:.*\\\n)*.*/m.exec(security) ?? [];
const [, ...words] = line.replaceAll("\\\n", " ").trim().split(/\s+/);

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-permission-"));
});
afterEach(async () => {
  killRunning();
  await rm(data, { recursive: true, force: true });
});

/** The documented line, with a data folder and a port of the test's own. */
const start = (folder = data, without = /^$/) =>
  startNode([
    ...words.filter((word) => !without.test(word)).map((word) => word.replace("/var/lib/hotcell", data)),
    "--port=0",
    `--data=${folder}`,
  ]);

it("runs as documented: deploys, calls, restarts", async () => {
  expect(words).toContain("--permission");
  const plugin = "/plugins/calc";
  for (const round of [1, 2]) {
    const child = start();
    const lines = new Lines(child);
    const [url] = /http:\S+/.exec((await lines.until(/listens on/)).at(-1)!)!;
    const [, token] = /token: (\S+)/.exec((await lines.until(/token/)).at(-1)!)!;
    if (round === 1) {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/wasm" };
      const body = sample() as Uint8Array<ArrayBuffer>;
      expect((await fetch(url + plugin, { method: "PUT", body, headers })).status).toBe(201);
    }
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
