/** Files that come with a version: read by its plugin, part of its digest, kept, listed and collected with it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packTar } from "modern-tar";
import { afterAll, describe, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { buildFilingGuest, fileCodes } from "../guests/filing-guest.ts";
import { hostOfFile } from "../support/hosts.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";
import { refusalOf } from "../support/thrown.ts";

afterAll(removeTemporaryFolders);

const wasm = await buildFilingGuest();
const host = await hostOfFile();
const { registry } = host;

const filesOf = (files: Readonly<Record<string, string | Uint8Array>>) =>
  new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content as string)]));

const clocks = { grants: { clocks: true } };
const page = { "index.html": "<h1>Hi</h1>", "img/logo.svg": "<svg/>", "img/none": "" };

/** Calls a plugin of the guest's; what it answers with is told by its code where that is one. */
const caller =
  (name: string, of = registry) =>
  async (symbol: string, ...args: unknown[]): Promise<unknown> => {
    const told = await (await of.callable(name, symbol)).call(args);
    const code = typeof told === "string" ? /^!(\d+)$/.exec(told)?.[1] : undefined;
    return code === undefined ? told : fileCodes[Number(code)];
  };

const places = (["inline", "process"] as const).flatMap((placement) =>
  (["shared", "fresh"] as const).map((mode) => ({ placement, mode })),
);

describe.each(places)("files of a version, $placement and $mode", (place) => {
  const { placement, mode } = place;
  it("are read at /, and nothing changes them", async () => {
    const large = Buffer.alloc(300_000, "0123456789");
    const options = { settings: { ...place, ...clocks }, files: filesOf({ ...page, large }) };
    const name = `site-${placement}-${mode}`;
    await registry.deploy(name, wasm, options);
    const call = caller(name);
    expect(await call("folders")).toEqual(["/"]);
    expect(await call("read", "index.html")).toBe("<h1>Hi</h1>");
    expect(await call("read", "img/none")).toBe("");
    expect(await call("read-stream", "large", 131_070n, 60_000n)).toBe(large.subarray(131_070).toString());
    expect(((await call("read", "large")) as string) === large.toString()).toBe(true);
    expect(await call("names", ".")).toEqual(["img", "index.html", "large"]);
    expect(await call("names", "img")).toEqual(["logo.svg", "none"]);
    expect(await call("facts", "img/logo.svg")).toBe("f 6 1 0.0");
    expect(await call("facts", "img")).toBe("d 0 1 0.0");
    expect(await call("read", "missing")).toBe("no-entry");
    expect(await call("read", "img")).toBe("is-directory");
    expect(await call("read", "index.html/a")).toBe("not-directory");
    expect(await call("read", "../etc")).toBe("not-permitted");
    expect(await call("read", "/index.html")).toBe("not-permitted");
    for (const path of ["index.html", "new"]) expect(await call("write", path, "x", 0n)).toBe("read-only");
    expect(await call("append", "index.html", "x")).toBe("read-only");
    expect(await call("stream-on", "index.html", "x", 1)).toBe("read-only");
    for (const what of ["mkdir", "touch", "extend"])
      expect([what, await call("act", what, "new", "1")]).toEqual([
        what,
        what === "touch" ? "no-entry" : "read-only",
      ]);
    expect(await call("act", "touch", "index.html", "1")).toBe("read-only");
    expect(await call("act", "unlink", "index.html", "")).toBe("read-only");
    expect(await call("act", "rmdir", "img", "")).toBe("read-only");
    expect(await call("act", "rename", "index.html", "b")).toBe("read-only");
    expect(await call("act", "sync", "", "")).toBe("ok");
    expect(await call("act", "same", "index.html", "./index.html")).toBe("true true");
    expect(await call("act", "same", "index.html", "img/none")).toBe("false false");
  });

  it("lie beside those that the plugin keeps", async () => {
    const settings = { ...place, grants: { clocks: true, files: true } };
    const name = `both-${placement}-${mode}`;
    await registry.deploy(name, wasm, { settings, files: filesOf(page) });
    expect(await caller(name)("folders")).toEqual(["/", "/data"]);
  });
});

describe("a version", () => {
  it("is named by its component alone without files, and by both with some", async () => {
    const alone = await registry.deploy("named", wasm, { settings: clocks });
    expect(alone.size).toBe(wasm.length);
    const empty = await registry.deploy("named", wasm, { files: new Map() });
    expect(empty).toMatchObject({ outcome: "unchanged", version: alone.version });
    const first = await registry.deploy("named", wasm, { files: filesOf(page) });
    expect(first).toMatchObject({
      outcome: "swapped",
      files: { added: ["img/logo.svg", "img/none", "index.html"], changed: [], removed: [], more: 0 },
      size: wasm.length + 17,
    });
    expect(first.version).not.toBe(alone.version);
    const reordered = filesOf(Object.fromEntries(Object.entries(page).reverse()));
    const again = await registry.deploy("named", wasm, { files: reordered });
    expect(again).toMatchObject({ outcome: "unchanged", version: first.version });
    expect(again.files).toBeUndefined();
    const other = await registry.deploy("named", wasm, {
      files: filesOf({ "index.html": "<h1>Ho</h1>", new: "n" }),
    });
    expect(other.files).toEqual({
      added: ["new"],
      changed: ["index.html"],
      removed: ["img/logo.svg", "img/none"],
      more: 0,
    });
    expect(await caller("named")("read", "index.html")).toBe("<h1>Ho</h1>");
    expect(await registry.rollback("named")).toMatchObject({ version: first.version });
    expect(await caller("named")("read", "index.html")).toBe("<h1>Hi</h1>");
    expect((await registry.versions("named")).map(({ size }) => size)).toEqual([
      wasm.length + 17,
      wasm.length + 12,
      wasm.length,
    ]);
    const planned = await registry.deploy("named", wasm, { dryRun: true });
    expect(planned).toMatchObject({ outcome: "planned", version: alone.version });
    expect(planned.files).toMatchObject({ removed: ["img/logo.svg", "img/none", "index.html"] });
  });

  it("gives its component and its files apart", async () => {
    const { version } = await registry.deploy("apart", wasm, { settings: clocks, files: filesOf(page) });
    expect(await registry.wasm("apart", version)).toEqual(wasm);
    expect((await registry.files("apart", version)).map(({ path, size }) => [path, size])).toEqual([
      ["img/logo.svg", 6],
      ["img/none", 0],
      ["index.html", 11],
    ]);
    expect(Buffer.from((await registry.file("apart", version, "img/logo.svg")).bytes).toString()).toBe(
      "<svg/>",
    );
    expect((await registry.file("apart", version, "img/none")).bytes.length).toBe(0);
    expect(await refusalOf(registry.file("apart", version, "img"))).toMatchObject({ code: "file-not-found" });
    // Nobody reads another's version by its digest.
    await registry.deploy("other", wasm, { settings: clocks });
    expect(await refusalOf(registry.files("other", version))).toMatchObject({ code: "version-not-found" });
    expect(await refusalOf(registry.file("other", version, "index.html"))).toMatchObject({
      code: "version-not-found",
    });
  });

  it("is refused where a mount of the plugin's own is in the place of its files", async () => {
    const files = { mounts: [{ at: "/" }] };
    const settings = { grants: { clocks: true, files } };
    await registry.deploy("placed", wasm, { settings });
    const refused = { code: "bad-settings", facts: { subject: "grants.files.mounts" } };
    expect(await refusalOf(registry.deploy("placed", wasm, { files: filesOf(page) }))).toMatchObject(refused);
    await registry.deploy("placed", wasm, { settings: clocks, files: filesOf(page) }).catch(() => {});
    await registry.deploy("placed", wasm, { settings: { grants: { files: true } }, files: filesOf(page) });
    expect(await refusalOf(registry.configure("placed", { grants: { files } }))).toMatchObject(refused);
  });

  it.each([
    ["paths", { "../a": "x" }, undefined],
    ["a file in the place of a folder", { a: "x", "a/b": "y" }, undefined],
    ["more files than its limit", { a: "", b: "", c: "" }, "limits.uploadFiles"],
    ["larger files than its limit", { a: "x".repeat(20) }, "limits.uploadFileBytes"],
  ])("is refused with %s, and what is live stays", async (_, files, setting) => {
    const limits = { uploadFiles: 2, uploadFileBytes: 10 };
    const live = await registry.deploy("bounded", wasm, {
      settings: { ...clocks, limits },
      files: filesOf({ a: "1" }),
    });
    const refusal = await refusalOf(registry.deploy("bounded", wasm, { files: filesOf(files) }));
    expect(refusal).toMatchObject({ code: "bad-files", ...(setting && { facts: { setting } }) });
    expect(registry.details("bounded").version).toBe(live.version);
  });
});

describe("kept in a data folder", () => {
  const data = mkdtempSync(join(tmpdir(), "hotcell-version-files-"));
  afterAll(() => rmSync(data, { recursive: true }));

  it("they are there after a restart, are stored once, and end with their last version", async () => {
    const shared = Buffer.alloc(200_000, "shared");
    const first = await createHost({ data, keepVersions: 1, log: () => {} });
    const { version } = await first.registry.deploy("a", wasm, {
      settings: clocks,
      files: filesOf({ shared, a: "of a" }),
    });
    await first.registry.deploy("b", wasm, { settings: clocks, files: filesOf({ shared, b: "of b" }) });
    await first.close();
    const second = await createHost({ data, keepVersions: 1, log: () => {} });
    await using _ = second;
    const call = caller("a", second.registry);
    expect(await call("read", "a")).toBe("of a");
    expect(((await call("read", "shared")) as string).length).toBe(200_000);
    await second.registry.deploy("a", wasm);
    expect(await refusalOf(second.registry.files("a", version))).toMatchObject({ code: "version-not-found" });
    expect(((await caller("b", second.registry)("read", "shared")) as string).length).toBe(200_000);
    await second.registry.remove("b");
    await second.store.collect();
    expect(await second.store.collect()).toEqual({ versions: 0, bytes: 0 });
    expect(await second.registry.wasm("a", second.registry.details("a").version)).toEqual(wasm);
  });
});

describe("over HTTP", () => {
  const put = (name: string, parts: readonly (readonly [File | Blob, string])[]) => {
    const form = new FormData();
    form.set("plugin", new Blob([wasm as Uint8Array<ArrayBuffer>]));
    form.set("settings", JSON.stringify(clocks));
    for (const [part, filename] of parts) form.append("files", part, filename);
    return host.send("PUT", `/plugins/${name}`, { body: form });
  };
  const tarOf = (files: Readonly<Record<string, string>>) =>
    packTar(Object.entries(files).map(([name, body]) => ({ header: { name, size: body.length }, body })));

  it("they come as a tar, as parts of their own, or both, and are listed and given", async () => {
    const tar = new Blob([await tarOf({ "./index.html": "<h1>Hi</h1>", "img/a b.svg": "<svg/>" })]);
    const { status, json } = await put("web", [
      [tar, "site.tar"],
      [new Blob(["User-agent: *"]), "robots.txt"],
    ]);
    expect([status, json.files]).toEqual([
      201,
      { added: ["img/a b.svg", "index.html", "robots.txt"], changed: [], removed: [], more: 0 },
    ]);
    expect(await caller("web")("read", "robots.txt")).toBe("User-agent: *");
    const at = `/plugins/web/versions/${json.version}/files`;
    const listed = await host.send("GET", `${at}?limit=2`);
    expect(listed.json).toMatchObject({ plugin: "web", count: 3, next: "index.html" });
    expect(listed.json.files.map(({ path }: { path: string }) => path)).toEqual([
      "img/a b.svg",
      "index.html",
    ]);
    const rest = await host.send("GET", `${at}?after=index.html`);
    expect(rest.json.files).toEqual([
      { path: "robots.txt", size: 13, digest: expect.stringMatching(/^sha256:/) },
    ]);
    const file = await host.send("GET", `${at}/img/a%20b.svg`);
    expect([file.status, file.text]).toEqual([200, "<svg/>"]);
    expect(file.headers.get("content-type")).toBe("application/octet-stream");
    expect(file.headers.get("content-disposition")).toContain("attachment");
    expect((await host.send("GET", `${at}/img`)).json).toMatchObject({ status: 404, code: "file-not-found" });
    const swapped = await put("web", [[new Blob(["User-agent: x"]), "robots.txt"]]);
    expect(swapped.json.outcome).toBe("swapped");
    const diff = await host.send("GET", `/plugins/web/diff?from=${encodeURIComponent(json.version)}`);
    expect(diff.json.files).toMatchObject({
      changed: ["robots.txt"],
      removed: ["img/a b.svg", "index.html"],
    });
  });

  it.each([
    ["a compressed tar by its name", new Blob(["x"]), "site.tgz", /gunzip/],
    ["a compressed tar by its content", new Blob([new Uint8Array([0x1f, 0x8b, 8, 0])]), "site.tar", /gunzip/],
    ["a path out of the folder", new Blob(["x"]), "../../etc/passwd", /relative|by its path/],
    ["an absolute path", new Blob(["x"]), "/etc/passwd", /by its path/],
    ["a path of Windows", new Blob(["x"]), "C:\\a\\b", /by its path/],
    ["no tar", new Blob(["x"]), "site.tar", /tar -cf/],
  ])("%s is refused", async (_, part, filename, remedy) => {
    const { json } = await put("refused", [[part, filename]]);
    expect(json).toMatchObject({ status: 400, code: "bad-files", remedy: expect.stringMatching(remedy) });
  });

  it("a text in the place of a file is refused, and a file that comes twice", async () => {
    const form = new FormData();
    form.set("plugin", new Blob([wasm as Uint8Array<ArrayBuffer>]));
    form.set("files", "index.html");
    expect((await host.send("PUT", "/plugins/refused", { body: form })).json).toMatchObject({
      code: "bad-request",
      subject: "files",
    });
    const twice = await put("refused", [
      [new Blob(["1"]), "a"],
      [new Blob(["2"]), "a"],
    ]);
    expect(twice.json).toMatchObject({ code: "bad-files", subject: "a" });
  });
});
