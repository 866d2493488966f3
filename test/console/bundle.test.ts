/** The console of the package: what a browser loads before it shows something is little, and no name of a package is left in it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { BuiltConsole } from "../../host/console/built-console.ts";
import { createHost } from "../../host/host.ts";
import { createApi } from "../../host/http/served-api.ts";
import { bundleConsole } from "../../tools/bundle/console-bundle.ts";

const folder = await mkdtemp(join(tmpdir(), "hotcell-console-"));
afterAll(() => rm(folder, { recursive: true }));
await bundleConsole(folder);
const files = new BuiltConsole(folder);
const names = ["", "console.js", "console.css", "icon.svg"];

it("is 100 kB at most to load, compressed", async () => {
  const sizes = await Promise.all(names.map(async (name) => (await files.file(name))!.brotli!.length));
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(100_000);
  const zipped = await Promise.all(names.map(async (name) => (await files.file(name))!.gzip!.length));
  expect(zipped.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(100_000);
});

it("is the same in every coding, and one program that imports nothing", async () => {
  for (const name of names) {
    const { bytes, brotli, gzip } = (await files.file(name))!;
    expect(brotliDecompressSync(brotli!).equals(bytes)).toBe(true);
    expect(gunzipSync(gzip!).equals(bytes)).toBe(true);
  }
  const { bytes } = (await files.file("console.js"))!;
  expect(new TextDecoder().decode(bytes)).not.toMatch(/\bimport\s*[({"']|\bfrom\s*["']/);
  expect(await files.file("page/page.ts")).toBeUndefined();
  expect(await files.file("__proto__")).toBeUndefined();
});

it("is sent in the coding that a client likes", async () => {
  await using host = await createHost();
  const app = createApi(host, { address: "127.0.0.1", consoleFiles: files });
  const codings = [
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["br;q=0, gzip;q=0.5", "gzip"],
    ["br;q=0.1", "br"],
    ["brotli", null],
    ["identity", null],
    ["", null],
  ] as const;
  for (const [accepted, coding] of codings) {
    const headers = { host: "127.0.0.1", "accept-encoding": accepted };
    const answer = await app.request("/console/console.js", { headers });
    expect([accepted, answer.headers.get("content-encoding")]).toEqual([accepted, coding]);
    expect(answer.headers.get("vary")).toBe("accept-encoding");
    const again = { ...headers, "if-none-match": answer.headers.get("etag")! };
    expect((await app.request("/console/console.js", { headers: again })).status).toBe(304);
  }
});
