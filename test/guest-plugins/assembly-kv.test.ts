/** Values by key from AssemblyScript, `hotcell/assembly/kv`, as its page shows it and beyond. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { root } from "../support/cli.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";
import { refusalOf } from "../support/thrown.ts";
import { witDeps } from "./wit-packages.ts";

const page = readFileSync(join(root, "guest-plugins/assembly/kv.md"), "utf8");

function blocks(language: string): string {
  const found = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"));
  return Array.from(found, ([, text]) => text!).join("\n");
}

/** What the page does not show. */
const more = {
  world: `
  export set-in: func(bucket: string, key: string, text: string);
  export number: func(key: string) -> s64;
  export add: func(key: string, by: s64) -> s64;
  export later: func(theirs: string) -> list<string>;
  export try-many: func(bucket: string) -> list<string>;
  export fill-up: func(count: u32);
}`,
  source: `
export function setIn(bucket: string, key: string, text: string): void { new KvBucket(bucket).set(key, text); }
export function number(key: string): i64 { return notes.getNumber(key); }
export function add(key: string, by: i64): i64 { return notes.increment(key, by); }
export function later(theirs: string): string[] {
  const edit = notes.edit("edited");
  notes.set("edited", theirs);
  const first = edit.set("mine");
  const seen = edit.text;
  const second = edit.set("mine, after " + seen!);
  return [first.toString(), seen!, second.toString(), notes.get("edited")!];
}
export function tryMany(bucket: string): string[] {
  const kept = new KvBucket(bucket);
  const one = kept.trySet("a", "1");
  const other = kept.trySetBytes("a", new Uint8Array(1));
  const third = kept.tryIncrement("b");
  return [one ? one.code : "kept", other ? other.message : "kept", third ? third.code : "kept"];
}
export function fillUp(count: u32): void {
  const values = new Map<string, string>();
  for (let i: u32 = 0; i < count; i++) {
    values.set("filled:" + i.toString(), "");
    if (values.size == 500) {
      notes.setMany(values);
      values.clear();
    }
  }
  notes.setMany(values);
}`,
};

async function componentOf(version: string, edits: boolean): Promise<Uint8Array> {
  let wit = blocks("wit").replace(/\}\n$/, more.world).replaceAll("0.2.0-draft2", version);
  let source = blocks("ts") + more.source;
  if (!edits) {
    wit = wit.replaceAll(/^ {2}export (take|later): .*\n/gm, "");
    source = source.replaceAll(/^export function (take|later)\(.*?^\}\n/gms, "");
  }
  const deps = await witDeps(`wasi:keyvalue@${version}`);
  return buildComponent({
    files: { "wit/world.wit": wit, "assembly/index.ts": source, ...deps },
    options: ["-O3"],
  });
}

const host = await createHost({ log: () => {} });
afterAll(async () => {
  await host.close();
  await removeTemporaryFolders();
});
const { registry } = host;
const wasm = {
  "0.2.0-draft": await componentOf("0.2.0-draft", false),
  "0.2.0-draft2": await componentOf("0.2.0-draft2", true),
};
const kv = { buckets: { default: {}, fixed: { readonly: true } }, bytes: 100_000, valueBytes: 1_000 };

describe.each([
  ["inline", "shared", "0.2.0-draft2"],
  ["inline", "fresh", "0.2.0-draft"],
  ["process", "fresh", "0.2.0-draft2"],
] as const)(
  "a plugin of hotcell/assembly/kv, placed %s, in mode %s, by %s",
  async (placement, mode, draft) => {
    const plugin = `${placement}-${mode}`;
    await registry.deploy(plugin, wasm[draft], { settings: { placement, mode, grants: { kv } } });
    const call = (name: string, ...args: unknown[]) => registry.callJson(plugin, name, args);

    it("does what its page says", async () => {
      expect(await call("remember", "tea", "Grüße 🌍")).toBeNull();
      expect(await call("remember", "tea", "")).toBe("Grüße 🌍");
      expect(await call("remember", "tea", "green")).toBe("");
      expect(await call("order", "7", "mug")).toBe("mug × 2");
      expect(await call("paint")).toBe(Buffer.from([255, 0, 0]).toString("base64"));
      expect(await call("visits", "/")).toBe(0);
      for (const count of [1, 2, 3]) expect(await call("visit", "/")).toBe(count);
      expect(await call("visits", "/")).toBe(3);
      expect(await call("move", "tea", "order:7")).toBe(0);
      expect(await call("move", "none", "more")).toBe(0);
      expect(await call("move", "tea", "drink")).toBe(2);
      expect(await call("all")).toEqual(["order:7", "picture", "visits:/", "drink", "moved:tea"]);
      expect([await call("forget", "drink"), await call("forget", "drink")]).toEqual([true, false]);
    });

    it.runIf(draft === "0.2.0-draft2")("changes what nobody else has changed", async () => {
      const taken: unknown[] = [];
      for (let i = 0; i < 4; i++) taken.push(await call("take", "mug"));
      expect(taken).toEqual([true, true, true, false]);
      expect(await call("later", "theirs")).toEqual(["false", "theirs", "true", "mine, after theirs"]);
    });

    it("loses no addition of many callers", async () => {
      await Promise.all(Array.from({ length: 20 }, () => call("add", "sum", 5)));
      expect(await call("number", "sum")).toBe(100);
    });

    it("goes through more keys than one listing gives, in one call or in several", async () => {
      const before = ((await call("all")) as string[]).length;
      await call("fill-up", 1_500);
      expect(((await call("all")) as string[]).length).toBe(before + 1_500);
      const keys: string[] = [];
      for (let part: [string[], string | null] = [[], null], first = true; first || part[1]; first = false) {
        part = (await call("some", part[1])) as typeof part;
        keys.push(...part[0]);
      }
      expect(new Set(keys).size).toBe(before + 1_500);
      expect(keys.length).toBe(before + 1_500);
    });

    it("is told what the host refuses, and traps with that where it does not ask", async () => {
      expect(await call("fill", "short")).toBe("no-such-store; kept");
      expect(await call("fill", "x".repeat(1_001))).toMatch(
        /^no-such-store; bucket default: .*1.?001.*1.?000/,
      );
      expect(await call("try-many", "fixed")).toEqual([
        "access-denied",
        "access-denied: bucket fixed",
        "access-denied",
      ]);
      expect(await call("try-many", "none")).toEqual([
        "no-such-store",
        "no-such-store: bucket none, which the plugin is not granted",
        "no-such-store",
      ]);
      expect(await call("try-many", "default")).toEqual(["kept", "kept", "kept"]);
      for (const [bucket, code] of [
        ["fixed", "access-denied"],
        ["none", "no-such-store"],
      ])
        expect(await refusalOf(call("set-in", bucket, "a", "b"))).toMatchObject({
          code: "trap",
          message: expect.stringContaining(`${code}: bucket ${bucket}`),
        });
      expect(await refusalOf(call("some", "99999999"))).toMatchObject({ code: "trap" });
    });
  },
);
