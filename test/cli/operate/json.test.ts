/** The command line as a script has it: one JSON value on standard output, errors as a line of JSON on standard error, codes at the end. */
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { verbs } from "../../../host/cli/verbs/verbs.ts";
import { sample } from "../../guests/small-plugins.ts";
import { exampleWasm } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";
import { lineHere } from "./line-here.ts";

const host = await hostOfFile();
const folder = await mkdtemp(join(tmpdir(), "hotcell-json-"));
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const environment = {
  HOTCELL_URL: host.url,
  HOTCELL_TOKEN: authorization.replace("Bearer ", ""),
  XDG_CONFIG_HOME: folder,
  HOTCELL_DATA: folder,
};

/** What a line that goes well prints: one value, and nothing for people. */
// biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked at.
async function told(...line: readonly string[]): Promise<any> {
  const { code, stdout, stderr } = await lineHere([...line, "--json"], environment);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** Code and problem of a line that does not. */
async function refused(...line: readonly string[]) {
  const { code, stdout, stderr } = await lineHere([...line, "--json"], environment);
  expect(stdout).toBe("");
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  return [code, (JSON.parse(stderr) as { code: string }).code];
}

describe("--json", () => {
  it("has what operators ask for", async () => {
    await writeFile(file("greet.wasm"), exampleWasm("greet"));
    const deployed = await told("deploy", file("greet.wasm"), "shop", "--grant", "kv");
    expect(deployed).toMatchObject({ plugin: "shop", outcome: "created" });
    expect(await told("ls")).toMatchObject({ plugins: [{ name: "shop" }] });
    const written = file("result");
    expect(await told("call", "shop", "greet", "name=Ada", "--out", written, "--fuel")).toEqual({
      out: written,
      size: 13,
      fuel: expect.any(Number),
    });
    expect(await readFile(written, "utf8")).toBe('"Hello, Ada!"');

    const made = await told("token", "new", "--scope", "read", "--name", "ci");
    expect(made).toMatchObject({ name: "ci", scopes: ["read"], token: expect.any(String) });
    expect(await told("token", "list")).toMatchObject({ tokens: [{ id: made.id, name: "ci" }] });
    expect(await told("token", "revoke", made.id)).toEqual({ revoked: made.id });

    const set = await told("kv", "set", "shop", "a/b", "at last");
    expect(set).toEqual({ key: "a/b", version: expect.any(Number) });
    const value = Buffer.from("at last").toString("base64");
    expect(await told("kv", "get", "shop", "a/b")).toEqual({ ...set, value });
    expect(await told("kv", "list", "shop")).toEqual({ keys: [{ ...set, bytes: 7 }] });
    expect(await told("kv", "export", "shop")).toEqual({ key: "a/b", value });
    expect(await told("kv", "delete", "shop", "a/b")).toEqual({ deleted: "a/b" });
    expect(await told("kv", "buckets", "shop")).toMatchObject({ buckets: [{ bucket: "default", keys: 0 }] });

    await writeFile(file("model.wasm"), sample());
    expect(await told("contract", "put", "sums", file("model.wasm"))).toMatchObject({ outcome: "created" });
    expect(await told("contract", "list")).toMatchObject({ contracts: [{ name: "sums", version: 1 }] });
    expect(await told("contract", "show", "sums")).toEqual({
      contract: "sums",
      wit: expect.stringContaining("export add"),
    });
    expect(await told("contract", "check", "sums", file("model.wasm"))).toEqual({
      contract: "sums",
      changes: [],
    });
    expect(await told("contract", "rm", "sums")).toEqual({ removed: "sums" });

    expect(await told("client", "shop")).toEqual({ client: expect.stringContaining("greet") });
    expect(await told("client", "shop", "-o", file("client.ts"))).toEqual({ out: file("client.ts") });
    const token = environment.HOTCELL_TOKEN;
    const here = { name: "here", url: host.url, token: true, current: true };
    expect(await told("login", host.url, "--name", "here", "--token", token)).toEqual(here);
    expect(await told("login", "--use", "here")).toEqual(here);
    expect(await told("logout", "here")).toEqual({ forgotten: "here", url: host.url });
    expect(await told("completion", "bash")).toMatchObject({ shell: "bash" });
    expect(await told("wit", "ls")).toMatchObject({
      packages: expect.arrayContaining([expect.objectContaining({ name: "wasi:clocks" })]),
    });
    expect(await told("rm", "shop", "--yes", "--remove-data")).toEqual({ removed: "shop" });
  });

  it("has what authors are told, and what asc says of a mistake", async () => {
    const plugin = file("tick");
    const made = await told("new", plugin, "--template", "clock", "--no-build");
    expect(made).toMatchObject({
      path: plugin,
      next: [
        expect.stringContaining("cd "),
        "npm install",
        "npx hotcell build",
        "npx hotcell test",
        expect.anything(),
      ],
    });
    expect(made.files).toContain("calls.json");
    const built = await told("build", plugin, "--debug");
    expect(built).toMatchObject({
      file: join(plugin, "build/tick.wasm"),
      needs: [{ import: "wasi:clocks/wall-clock@0.2.0" }],
      said: "",
    });
    await writeFile(
      join(plugin, "assembly/inner.spec.ts"),
      'import { equal, test } from "hotcell/spec";\ntest("adds", () => { equal(1 + 1, 2); });\n',
    );
    expect(await told("test", plugin, "--debug")).toMatchObject({
      ok: true,
      calls: [{ state: "ok", asked: "get-time([])" }],
      requests: [],
      specs: [{ state: "ok", name: "adds" }],
    });
    expect(await told("types", built.file)).toEqual({ types: expect.stringContaining("getTime") });
    expect(await told("inspect", built.file)).toMatchObject({ digest: built.digest });
    expect(await told("diff", built.file, built.file)).toMatchObject({ changes: [] });
    expect(await told("wit", "add", "--in", plugin)).toEqual({ packages: [], missing: [] });

    const calls = await readFile(join(plugin, "calls.json"), "utf8");
    await writeFile(join(plugin, "calls.json"), calls.replace("2026", "2025"));
    const failed = await lineHere(["test", plugin, "--wasm", built.file, "--json"], environment);
    expect(failed).toMatchObject({ code: 1, stderr: "" });
    expect(JSON.parse(failed.stdout)).toMatchObject({
      ok: false,
      calls: [{ state: "failed", failure: expect.stringContaining("expected") }],
    });
    await writeFile(join(plugin, "assembly/index.ts"), "export function getTime(): u32 { return 1; }\n");
    const wrong = await lineHere(["build", plugin, "--debug", "--json"], environment);
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(wrong.stderr)).toMatchObject({
      code: "build-failed",
      output: expect.stringContaining("expected: export function getTime(): string"),
    });
  });

  it("ends with the codes that docs/cli.md has, and a problem", async () => {
    expect(await refused("show", "none")).toEqual([6, "plugin-not-found"]);
    expect(await refused("kv", "get", "none", "a")).toEqual([6, "plugin-not-found"]);
    expect(await refused("token", "list", "--token", "wrong")).toEqual([5, "unauthorized"]);
    expect(await refused("contract", "show", "none")).toEqual([6, "contract-not-found"]);
    expect(await refused("rm", "none")).toEqual([3, "bad-request"]);
    expect(await refused("diff", file("none"), file("none"))).toEqual([2, "no-such-file"]);
    expect(await refused("inspect", file("none"))).toEqual([1, "no-such-file"]);
    await writeFile(file("some.wasm"), sample());
    expect(await refused("deploy", file("some.wasm"), "--files", file("none"))).toEqual([1, "no-such-file"]);
    expect(await refused("types", file("some.wasm"), "-o", file("no/such"))).toEqual([1, "no-such-file"]);
    expect(await refused("build", folder)).toEqual([1, "no-plugin-folder"]);
    expect(await refused("backup", file("copy.db"))).toEqual([1, "no-such-file"]);
    expect(await refused("serve", "--port", "none")).toEqual([2, "bad-settings"]);
    expect(await refused("lss")).toEqual([2, "bad-request"]);
    await expect(access(file("copy.db"))).rejects.toThrow("ENOENT");
  });

  /** Lines that ask a host, of verbs that need more than their name. */
  const lines: Readonly<Record<string, readonly string[]>> = {
    show: ["shop"],
    deploy: [file("greet.wasm")],
    call: ["shop", "greet"],
    history: ["shop"],
    rollback: ["shop"],
    grant: ["shop"],
    set: ["shop", "mode=fresh"],
    rm: ["shop", "--yes"],
    contract: ["list"],
    token: ["list"],
    kv: ["list", "shop"],
    wit: ["export"],
  };
  const asking = [...verbs.keys()].filter(
    (verb) => verb in lines || ["ls", "logs", "events", "top", "client"].includes(verb),
  );
  it.each(asking)("of hotcell %s says that no host answers, with 4", async (verb) => {
    const line = [verb, ...(lines[verb] ?? []), "--url", "http://127.0.0.1:9"];
    expect(await refused(...line)).toEqual([4, "no-host"]);
  });

  it.each([...verbs.keys()])("of hotcell %s says that an option is none, with 2", async (verb) => {
    expect(await refused(verb, "--no-such-option")).toEqual([2, "bad-request"]);
  });
});
