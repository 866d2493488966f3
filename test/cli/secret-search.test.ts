/** What the command line prints beside a running host: its output is searched for marked secrets. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, expect, it } from "vitest";
import { blabber } from "../guests/blabber.ts";
import { finished, killRunning, Lines, type Surroundings, startHotcell } from "../support/cli.ts";
import { SecretSearch } from "../support/secret-search.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-search-"));
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);

const [old, present, own] = ["Gz5Rt8Kq2Wm7Vx4J", "Hb6Np1Yd9Lf3Cs0T", "Ue4Qk7Xw2Zj8Mv5R"];
const settingsOf = (secret: string, placement: string, more: object = {}) => ({
  grants: { logging: true },
  placement,
  env: { "x-key": { secret }, ...more },
});

it("prints none of them, nor what keeps one", { timeout: 240_000 }, async () => {
  const search = new SecretSearch([old, present, own]);
  const surroundings: Surroundings = { cwd: scratch };
  const hotcell = async (...args: string[]) => {
    const run = await finished(startHotcell(args, surroundings));
    search.add(`hotcell ${args[0]}`, run.stdout + run.stderr);
    return run;
  };
  const child = startHotcell(["serve", "--port", "0"], surroundings);
  const errors = text(child.stderr);
  const started = (await new Lines(child).until(/Admin token/)).join("\n");
  search.add("hotcell serve", started);
  const url = /http:\S+/.exec(started)![0];
  const authorization = `Bearer ${/Admin token: (\S+)/.exec(started)![1]}`;
  const json = { authorization, "content-type": "application/json" };

  const wasm = await blabber();
  for (const placement of ["inline", "process"]) {
    const plugin = `${url}/plugins/${placement}`;
    for (const secret of [old, present]) {
      const body = new FormData();
      body.set("plugin", new Blob([wasm]), "plugin.wasm");
      body.set("settings", JSON.stringify(settingsOf(secret, placement)));
      expect((await fetch(plugin, { method: "PUT", headers: { authorization }, body })).ok).toBe(true);
      for (const [name, args] of [
        ["log-it", []],
        ["print-after", [8185, 3]],
        ["abort-after", [490]],
      ] as const) {
        const called = { method: "POST", headers: json, body: JSON.stringify(args) };
        await (await fetch(`${url}/call/${placement}/${name}`, called)).text();
      }
      const failing = { method: "PATCH", headers: json, body: '{"env":{"init":"trap","pad":"495"}}' };
      expect((await fetch(plugin, failing)).status).toBe(400);
    }
  }

  await writeFile(join(scratch, "blabber.wasm"), wasm);
  await writeFile(join(scratch, "other.wasm"), await blabber(2));
  await hotcell("token", "new", "--scope", "read", "--url", url);
  await hotcell("token", "list", "--url", url);
  await hotcell("inspect", "blabber.wasm");
  await hotcell("diff", "blabber.wasm", "other.wasm");
  expect(await hotcell("backup", "copy.db")).toMatchObject({ code: 0 });

  // What a plugin's own folder says is told to the plugin, and printed by nobody.
  await mkdir(join(scratch, "mine/assembly"), { recursive: true });
  await writeFile(join(scratch, "mine/assembly/index.ts"), "");
  const tested = async (calls: string) => {
    await writeFile(join(scratch, "mine/calls.json"), calls);
    return hotcell("test", "mine", "--wasm", "blabber.wasm");
  };
  const settings = settingsOf(own, "inline");
  const calls = [{ call: "version" }, { call: "abort-after", args: [495], returns: 1 }, { call: "log-it" }];
  const run = await tested(JSON.stringify({ settings, calls }));
  expect(run).toMatchObject({ code: 1, stdout: expect.stringContaining("3 calls failed") });
  expect(run.stderr).toContain("[secret]");
  const failing = settingsOf(own, "inline", { init: "err", pad: "1990" });
  expect((await tested(JSON.stringify({ settings: failing, calls }))).code).toBe(1);
  expect((await tested(`{"settings":{"env":{"KEY":{"secret":"${own}"}}},}`)).stderr).toContain("not JSON");
  expect((await tested(JSON.stringify({ settings: { env: { KEY: [own] } }, calls }))).code).toBe(1);
  expect((await tested(JSON.stringify({ settings: { env: own }, calls }))).code).toBe(1);

  child.kill("SIGTERM");
  const printed = await errors;
  search.add("hotcell serve, standard error", printed);
  expect(printed).toContain("told: [secret]");
  expect(search.findings()).toEqual([]);

  // A backup restarts the plugins, and has nothing else of what was secret.
  const copy = (await readFile(join(scratch, "copy.db"))).toString("latin1");
  expect(copy).toContain(present);
  expect(copy).not.toContain(old);
});
