/**
 * Types of `hotcell client` against those that openapi-typescript makes of the same document: each is assignable to the other. The
 * program is in a package of its own (tools/api-docs).
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { examplePlugins } from "../../guest-plugins/build.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { clientOf } from "../../host/describe/client/client.ts";
import { openApi } from "../../host/describe/openapi/openapi.ts";
import { isDriven } from "../../host/drive/http-handler.ts";
import type { JsonObject } from "../../host/text/json-value.ts";
import { exampleWasm } from "../support/examples.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = join(root, "tools/api-docs/node_modules/.bin");
const isThere = existsSync(join(bin, "openapi-typescript"));
const folder = await mkdtemp(join(tmpdir(), "hotcell-types-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

const examples = await examplePlugins();
const document = openApi({
  ...{ server: "", version: "1", routes: [] },
  plugins: examples.map((name) => ({
    ...{ name, world: inspectComponent(exampleWasm(name)).world, isDriven, isOpen: true, sites: [] },
  })),
  contracts: ["greet", "pricing"].map((name) => ({
    ...{ name, world: inspectComponent(exampleWasm(name)).world, isDriven, isOpen: true },
  })),
});

const octets = "application/octet-stream";

/** Names that the client has, found out from its own text: `/call/greet/greet` → `client["greet"]["greet"]`. */
function placesIn(client: string): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  let plugin = "";
  let member = "";
  for (const line of client.slice(client.indexOf("export function createClient")).split("\n")) {
    plugin = /^ {4}("?[\w-]+"?): \{$/.exec(line)?.[1] ?? plugin;
    member = /^ {6}("?[\w@/:.-]+"?): \(/.exec(line)?.[1] ?? member;
    const [, path] = /call\("([^"]+)"/.exec(line) ?? [];
    const quoted = (name: string) => (name.startsWith('"') ? name : `"${name}"`);
    if (path) places.set(path, `[${quoted(plugin)}][${quoted(member)}]`);
  }
  return places;
}

test.skipIf(!isThere && !process.env.CI)(
  "each is assignable to the other, for every function of the examples",
  async () => {
    const client = clientOf(document, "the examples");
    const checks = [...placesIn(client)].flatMap(([path, place]) => {
      const operation = (document.paths as Record<string, { post: JsonObject }>)[path]!.post;
      const own = `Client${place}`;
      const theirs = `paths["${path}"]["post"]`;
      const responses = operation.responses as Record<string, unknown>;
      // Bytes go as they are where the document says so; its schema of JSON has them in base64.
      const json = (type: string) => (JSON.stringify(operation).includes(octets) ? `InJson<${type}>` : type);
      return [
        ...("requestBody" in operation
          ? [`Same<${json(`Exclude<Parameters<${own}>[0], undefined>`)}, Body<${theirs}>>`]
          : []),
        ...("422" in responses ? [`Same<Payload<${own}>, Refusal<${theirs}["responses"][422]>>`] : []),
        ...("200" in responses
          ? [`Same<${json(`Value<${own}>`)}, Answer<${theirs}["responses"][200]>>`]
          : []),
      ];
    });
    expect(checks.length).toBeGreaterThan(60);
    for (const place of ["greet/greet", "pricing/price"]) {
      const [contract, name] = place.split("/");
      const theirs = `paths["/call/@${place}"]["post"]`;
      for (const mode of ["collect", "first", "chain"]) {
        const own = `Hooks["${contract}"]["${name}"]["${mode}"]`;
        checks.push(`Same<Parameters<${own}>[0], Body<${theirs}>>`);
        checks.push(`Fits<Value<${own}>, Answer<${theirs}["responses"][200]>>`);
      }
    }
    const assertion = `import type { Client, Hooks, Outcome } from "./client.ts";
import type { paths } from "./schema.d.ts";
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : { wider: B }) : { wider: A };
type Fits<A, B> = [A] extends [B] ? true : { not: A };
type InJson<T> = T extends Uint8Array ? string : T extends string | number ? T : { [K in keyof T]: T[K] extends Uint8Array ? string : T[K] };
type Value<F extends (...args: never[]) => unknown> = Awaited<ReturnType<F>> extends Outcome<infer V, unknown> ? V : never;
type Payload<F extends (...args: never[]) => unknown> = Awaited<ReturnType<F>> extends Outcome<unknown, infer P> ? P : never;
type Refusal<R> = R extends { content: { "application/problem+json": infer T } } ? T extends { payload: infer P } ? P : undefined : never;
type Body<O> = O extends { requestBody?: infer R } ? Exclude<R, undefined> extends { content: { "application/json": infer T } } ? T : never : never;
type Answer<R> = R extends { content: { "application/json": infer T } } ? T : never;
export const checks: [\n${checks.join(",\n")}\n] = [${checks.map(() => "true").join(", ")}];
// @ts-expect-error That two types differ is noticed.
export const wrong: Same<Value<Client["greet"]["greet"]>, number> = true;
`;
    const options = {
      target: "esnext",
      module: "nodenext",
      lib: ["esnext", "dom"],
      types: [],
      noEmit: true,
      strict: true,
    };
    const config = {
      compilerOptions: { ...options, exactOptionalPropertyTypes: true, allowImportingTsExtensions: true },
      files: ["checks.ts"],
    };
    const files = { "openapi.json": JSON.stringify(document), "client.ts": client, "checks.ts": assertion };
    const all = { ...files, "tsconfig.json": JSON.stringify(config), "package.json": '{"type":"module"}' };
    for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
    const run = promisify(execFile);
    await run(join(bin, "openapi-typescript"), ["openapi.json", "-o", "schema.d.ts"], { cwd: folder });
    const checked = await run(join(bin, "tsc"), ["-p", folder]).catch((error) => error);
    expect(checked.stdout).toBe("");
  },
);
