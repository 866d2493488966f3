import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { examplePlugins } from "../../guest-plugins/build.ts";
import { isHandler } from "../../host/capabilities/http/incoming-handler.ts";
import { readFilesFolder } from "../../host/cli/build/files-folder.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { isDriven } from "../../host/drive/http-handler.ts";
import { createHost } from "../../host/host.ts";
import { runCheck } from "../../host/registry/deploy/call-check.ts";
import { runRequest } from "../../host/registry/deploy/request-check.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { takesJson } from "../../host/wit/json/json-function.ts";
import { exampleChecks, exampleWasm, foreignImports, linksOf } from "../support/examples.ts";

const host = await createHost();
afterAll(() => host.close());

function functionsOf(name: string) {
  return exportedFunctions(inspectComponent(exampleWasm(name)).world);
}

const all = await examplePlugins();
const foreign = all.filter((name) => foreignImports(name).length > 0 && linksOf(name).length === 0);

describe.each(all.filter((name) => !foreign.includes(name)))("guest-plugins/%s", (name) => {
  it("deploys, and answers as its calls.json or requests.json says", async () => {
    const { settings = {}, calls, requests = [] } = exampleChecks(name);
    for (const other of linksOf(name)) await host.registry.deploy(other, exampleWasm(other));
    const files = await readFilesFolder(
      fileURLToPath(new URL(`../../guest-plugins/${name}/files`, import.meta.url)),
    );
    await host.registry.deploy(name, exampleWasm(name), { settings, files });
    const callable = functionsOf(name).filter((each) => takesJson(each.type) && !isDriven(each));
    expect(calls.length > 0).toBe(callable.length > 0);
    for (const check of calls) {
      expect(await runCheck(check, (path) => host.registry.callable(name, path))).toBeUndefined();
    }
    const serves = functionsOf(name).some(isHandler);
    expect(requests.length > 0).toBe(serves);
    for (const check of requests)
      expect(await runRequest(check, () => host.registry.handler(name))).toBeUndefined();
  });
});

it("guest-plugins/site says so where no files came with it", async () => {
  await host.registry.deploy("bare", exampleWasm("site"));
  const check = {
    request: { path: "/" },
    response: { status: 404, body: "No files came with this version." },
  };
  expect(await runRequest(check, () => host.registry.handler("bare"))).toBeUndefined();
});

describe.each(foreign)("guest-plugins/%s, which other hosts run", (name) => {
  it("is refused, naming every import that nobody here can supply", async () => {
    const refusal = host.registry.deploy(name, exampleWasm(name), {});
    await expect(refusal).rejects.toMatchObject({ code: "unknown-import" });
    for (const id of foreignImports(name)) await expect(refusal).rejects.toThrow(id);
  });
});

it.each(all)("guest-plugins/%s has a README for newcomers", (name) => {
  expect(existsSync(new URL(`../../guest-plugins/${name}/README.md`, import.meta.url))).toBe(true);
});
