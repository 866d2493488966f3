/** `hotcell kv` beside a running `hotcell serve`. */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finished, killRunning, Lines, root, startHotcell } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";

const cwd = await mkdtemp(join(tmpdir(), "hotcell-kv-"));
afterAll(async () => {
  await killRunning();
  await rm(cwd, { recursive: true });
});

const hotcell = (...args: string[]) => finished(startHotcell(args, { cwd }));
const kv = (...args: string[]) => hotcell("kv", ...args);
const good = (stdout: string) => ({ code: 0, stdout, stderr: "" });
const bad = (code: number, words: string) => ({ code, stdout: "", stderr: expect.stringContaining(words) });

let url = "";
let authorization = "";
beforeAll(async () => {
  const lines = await new Lines(startHotcell(["serve", "--port", "0"], { cwd })).until(/Admin token/);
  url = /http:\S+/.exec(lines.join("\n"))![0];
  authorization = `Bearer ${/Admin token: (\S+)/.exec(lines.join("\n"))![1]}`;
  const settings = { grants: { kv: { buckets: { default: {}, more: {} }, valueBytes: 1_000 } } };
  const body = new FormData();
  body.set("plugin", new Blob([new Uint8Array(exampleWasm("greet"))]), "greet.wasm");
  body.set("settings", JSON.stringify(settings));
  const answer = await fetch(`${url}/plugins/shop`, { method: "PUT", headers: { authorization }, body });
  expect(answer.status).toBe(201);
});

describe("hotcell kv", () => {
  it("sets, gets and deletes values of any key, in any bucket", async () => {
    for (const key of ["a/b c?ä\u202e", "..", ""]) {
      expect(await kv("set", "shop", key, `of ${key}`, "--bucket", "more")).toEqual(good(""));
      expect(await kv("get", "shop", key, "--bucket", "more")).toEqual(good(`of ${key}`));
      expect(await kv("get", "shop", key)).toMatchObject(bad(6, "has no key"));
      expect(await kv("delete", "shop", key, "--bucket", "more")).toEqual(good(""));
      expect(await kv("delete", "shop", key, "--bucket", "more")).toMatchObject(bad(6, "has no key"));
    }
    expect(await kv("set", "shop", "--", "-v", "dashed")).toEqual(good(""));
    expect(await kv("get", "shop", "--", "-v")).toEqual(good("dashed"));
    expect(await kv("delete", "shop", "--", "-v")).toEqual(good(""));
  }, 60_000);

  it("takes values from a file and from standard input, byte by byte, and lists and exports them", async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await writeFile(join(cwd, "bytes"), bytes);
    expect(await kv("set", "shop", "of-file", "--file", "bytes")).toEqual(good(""));
    const main = join(root, "host/cli/hotcell.mjs");
    const run = (args: readonly string[], input?: Buffer) =>
      spawnSync(process.execPath, [main, "kv", ...args], { cwd, ...(input && { input }) });
    expect(run(["set", "shop", "of\ninput"], bytes).status).toBe(0);
    expect(run(["get", "shop", "of-file"]).stdout).toEqual(bytes);
    expect(run(["get", "shop", "of\ninput"]).stdout).toEqual(bytes);

    const listed = await kv("list", "shop");
    const shown = /^of-file {2}256 bytes, version (\d+)\nof\\u\{a\}input {2}256 bytes, version (\d+)\n$/;
    expect(listed.stdout).toMatch(shown);
    const [, version = ""] = shown.exec(listed.stdout)!;
    expect(await kv("buckets", "shop")).toEqual(good("default  2 keys, 527 bytes\nmore  0 keys, 0 bytes\n"));
    await kv("set", "shop", "short", "x");
    expect((await kv("list", "shop")).stdout).toMatch(/\nshort {2}1 byte, version \d+\n$/);
    await kv("delete", "shop", "short");
    const value = bytes.toString("base64");
    const exported = (await kv("export", "shop")).stdout.trimEnd().split("\n");
    expect(exported.map((line) => JSON.parse(line))).toEqual([
      { key: "of-file", value },
      { key: "of\ninput", value },
    ]);

    expect(await kv("set", "shop", "of-file", "x", "--if-absent")).toMatchObject(
      bad(7, "The change is to be made only where there is no value, and there is one of version"),
    );
    expect(await kv("set", "shop", "of-file", "x", "--if-version", version)).toEqual(good(""));
    expect(await kv("delete", "shop", "of-file", "--if-version", version)).toMatchObject(
      bad(7, `The change is to be made only to version ${version}, and there is one of version`),
    );
    expect(await kv("set", "shop", "large", "x".repeat(1_001))).toMatchObject(bad(1, "grants.kv.valueBytes"));
  }, 60_000);

  it("reaches a host by its address, with a token of scope data and no other", async () => {
    const token = async (scope: string) =>
      (await hotcell("token", "new", "--scope", scope, "--plugin", "shop")).stdout.trim();
    const data = await token("data");
    const elsewhere = (...args: string[]) => finished(startHotcell(["kv", ...args], { cwd: tmpdir() }));
    expect(await elsewhere("set", "shop", "far", "away", "--url", url, "--token", data)).toEqual(good(""));
    expect(await elsewhere("get", "shop", "far", "--url", url, "--token", data)).toEqual(good("away"));
    const read = await token("read");
    const refused = await elsewhere("get", "shop", "far", "--url", url, "--token", read);
    expect(refused).toMatchObject(bad(5, "This needs a token of scope data"));
    expect(await elsewhere("get", "other", "far", "--url", url, "--token", data)).toMatchObject(
      bad(5, "is good for shop only"),
    );
  }, 60_000);

  it("says what is wrong with its line", async () => {
    expect(await kv()).toMatchObject(bad(2, "What about values?"));
    expect(await kv("put", "shop")).toMatchObject(bad(2, "There is no hotcell kv put"));
    expect(await kv("get", "shop")).toMatchObject(bad(2, "KEY is missing."));
    expect(await kv("get", "shop", "a", "b")).toMatchObject(bad(2, "one argument too many"));
    expect(await kv("get", "shop", "a", "--if-absent")).toMatchObject(bad(2, "are for hotcell kv set"));
    expect(await kv("set", "shop", "a", "b", "--if-version", "x")).toMatchObject(bad(2, "is a number"));
    expect(await kv("get", "none", "a")).toMatchObject(bad(6, 'no plugin "none"'));
  }, 60_000);
});
