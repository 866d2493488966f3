/** Components to and from registries by the command line, against a registry that keeps what it is sent. */
import { mkdir, mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { sample } from "../guests/small-plugins.ts";
import { sha256, startTestRegistry } from "../sources/oci/test-registry.ts";
import { finished, killRunning, startHotcell } from "../support/cli.ts";
import { hostOfFile } from "../support/hosts.ts";

const registry = await startTestRegistry();
const folder = await mkdtempDisposable(join(tmpdir(), "hotcell-push-"));
afterAll(async () => {
  await registry.close();
  await folder.remove();
});
afterEach(killRunning);
const host = await hostOfFile();
const component = sample({ version: 7 });
await writeFile(join(folder.path, "calc.wasm"), component);

const hotcell = (...args: string[]) =>
  finished(
    startHotcell([...args, "--plain-http"], {
      cwd: folder.path,
      environment: {
        HOTCELL_URL: host.url,
        HOTCELL_TOKEN: "test-token",
        DOCKER_CONFIG: join(folder.path, "nobody"),
      },
    }),
  );
const at = (rest: string) => `${registry.name}/${rest}`;

it("pushes a file and a plugin, the same as the same, and pulls them back", async () => {
  registry.keep("acme/calc");
  const pushed = await hotcell("push", "calc.wasm", at("acme/calc:1.0.0"), "--json");
  expect(pushed).toMatchObject({ code: 0, stderr: "" });
  const { oci, digest } = JSON.parse(pushed.stdout);
  expect(oci).toBe(at("acme/calc:1.0.0"));
  const manifest = JSON.parse(registry.kept.get("/v2/acme/calc/manifests/1.0.0")!.toString());
  expect(manifest).toMatchObject({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.wasm.config.v0+json" },
    layers: [{ mediaType: "application/wasm", digest: sha256(component), size: component.length }],
  });
  const config = JSON.parse(registry.kept.get(`/v2/acme/calc/blobs/${manifest.config.digest}`)!.toString());
  expect(config).toMatchObject({ architecture: "wasm", os: "wasip2", layerDigests: [sha256(component)] });
  expect(config.component.exports).toContain("echo");
  await host.registry.deploy("calc", component);
  // The folder that the plugin is built in has its name.
  await mkdir(join(folder.path, "calc"));
  const again = await hotcell("push", "calc", at("acme/calc:live"));
  expect(again).toMatchObject({ code: 0, stdout: `${at("acme/calc:live")}@${digest}\n` });
  expect(await hotcell("pull", at(`acme/calc@${digest}`), "-o", "back.wasm")).toMatchObject({
    code: 0,
    stdout: "",
  });
  expect(await readFile(join(folder.path, "back.wasm"))).toEqual(Buffer.from(component));
});

it("refuses to push what would not come back: a version with files, no component, a digest", async () => {
  await host.registry.deploy("with-files", component, { files: new Map([["a.txt", Buffer.from("a")]]) });
  const withFiles = await hotcell("push", "with-files", at("acme/calc:2"));
  expect([withFiles.code, withFiles.stderr]).toEqual([
    1,
    expect.stringContaining("registries keep components alone"),
  ]);
  await writeFile(join(folder.path, "text.wasm"), "text");
  expect((await hotcell("push", "text.wasm", at("acme/calc:2"))).stderr).toContain("not WebAssembly");
  expect((await hotcell("push", "calc.wasm", at(`acme/calc@${sha256("")}`))).stderr).toContain(
    "no place to push to",
  );
});

it("deploys what it pulls by itself, in either order, from a host that pulls nothing", async () => {
  registry.put("acme/sum", "1", component);
  const named = await hotcell("deploy", `oci://${at("acme/sum:1")}`);
  expect(named).toMatchObject({ code: 0 });
  expect((await host.call("sum/version", [])).json).toBe(7);
  expect(await hotcell("deploy", "other", `oci://${at("acme/sum:1")}`)).toMatchObject({ code: 0 });
  expect(host.registry.revision("other")).toBe(1);
  const missing = await hotcell("deploy", "other", `oci://${at("acme/sum:2")}`);
  expect([missing.code, missing.stderr]).toEqual([
    6,
    expect.stringContaining(`The registry has no ${at("acme/sum:2")}.`),
  ]);
});

it("pulls packages by their names, from where their registry says", async () => {
  registry.put("prefix/acme/greet", "1.2.0", component);
  registry.put("acme/greet", "1.2.0", sample({ version: 8 }));
  const pull = (...args: string[]) => hotcell("pull", ...args, "--registry", registry.name, "-o", "p.wasm");
  expect(await pull("acme:greet@1.2.0")).toMatchObject({ code: 0 });
  expect(await readFile(join(folder.path, "p.wasm"))).toEqual(Buffer.from(sample({ version: 8 })));
  for (const place of [
    { oci: { registry: registry.name, namespacePrefix: "prefix/" } },
    {
      ociRegistry: registry.name,
      ociNamespacePrefix: "prefix/",
      wargUrl: "https://warg.example",
      preferredProtocol: "oci",
    },
  ]) {
    registry.answers.set("/.well-known/wasm-pkg/registry.json", (_, response) =>
      response.end(JSON.stringify(place)),
    );
    expect(await pull("acme:greet@1.2.0")).toMatchObject({ code: 0 });
    expect(await readFile(join(folder.path, "p.wasm"))).toEqual(Buffer.from(component));
  }
  registry.answers.set("/.well-known/wasm-pkg/registry.json", (_, response) =>
    response.end('{"wargUrl":"https://w.example"}'),
  );
  expect((await pull("acme:greet@1.2.0")).stderr).toContain("in another way than by OCI");
  expect((await pull("acme:greet")).stderr).toContain("does not say which version");
  expect((await hotcell("pull", "acme:greet@1.2.0", "-o", "p.wasm")).code).toBe(2);
});
