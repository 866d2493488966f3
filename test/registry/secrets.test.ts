import { readFile } from "node:fs/promises";
import { afterAll, afterEach, expect, test } from "vitest";
import type { LogLine } from "../../host/capabilities/capability.ts";
import { createHost, type Host } from "../../host/host.ts";
import { buildComponent, removeTemporaryFolders } from "../toolchain/support.ts";

/** Says what it was told in every way it has: in its log, when it aborts, when it refuses. */
const wasm = await buildComponent({
  files: {
    "wit/deps/plugin/plugin.wit": await readFile(new URL("../../wit/plugin.wit", import.meta.url), "utf8"),
    "wit/world.wit": `
package test:blabber@1.0.0;
world blabber {
  export hotcell:plugin/lifecycle@0.1.0;
  import wasi:logging/logging;
  export log-it: func();
  export abort-with-it: func();
}`,
    "wit/deps/logging/logging.wit": `package wasi:logging;
interface logging {
  enum level { trace, debug, info, warn, error, critical }
  log: func(level: level, context: string, message: string);
}`,
    "assembly/index.ts": `
import { Level, log } from "wasi:logging/logging";
import { Result, Tuple2, Unit } from "wit-types";
let key = "";
let sick = false;
export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  let refuse = false;
  for (let i = 0; i < config.length; i++) {
    if (config[i].f0 == "key") key = config[i].f1;
    if (config[i].f0 == "refuse") refuse = true;
    if (config[i].f0 == "sick") sick = true;
  }
  return refuse ? Result.err<Unit, string>("I don't like " + key) : Result.ok<Unit, string>();
}
export function health(): Result<Unit, string> {
  return sick ? Result.err<Unit, string>(key + " made me sick") : Result.ok<Unit, string>();
}
export function logIt(): void { log(Level.Info, key, "the key is " + key); }
export function abortWithIt(): void { throw new Error("bad key " + key); }`,
  },
});

const key = "correct horse battery staple";
const settings = { grants: { logging: true }, env: { key: { secret: key }, shown: "plain" } };
const hosts: Host[] = [];
const lines: LogLine[] = [];

afterEach(async () => {
  lines.length = 0;
  for (const host of hosts.splice(0)) await host.close();
});
afterAll(removeTemporaryFolders);

async function deployed(): Promise<Host> {
  const host = await createHost({ log: (line) => lines.push(line) });
  hosts.push(host);
  const deployment = await host.registry.deploy("blabber", wasm, { settings });
  expect(deployment.settings.env).toEqual({ key: { secret: true }, shown: "plain" });
  return host;
}

test("secrets are in no answer about the plugin, and what is shown can be sent back", async () => {
  const { registry } = await deployed();
  const { settings: shown } = registry.details("blabber");
  expect(shown.env).toEqual({ key: { secret: true }, shown: "plain" });
  expect((await registry.deploy("blabber", wasm, { settings: { ...shown } })).outcome).toBe("unchanged");
  await registry.configure("blabber", { env: { key: { secret: true }, shown: "changed" } });
  await registry.callable("blabber", "log-it").call([]);
  expect(lines.at(-1)).toMatchObject({ context: "[secret]", message: "the key is [secret]" });
});

test.each(["inline", "process"])("nor in what it says when it aborts, %s", async (placement) => {
  const { registry } = await deployed();
  await registry.configure("blabber", { placement });
  const call = registry.callable("blabber", "abort-with-it").call([]);
  const error = (await call.catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code: "trap", message: expect.stringContaining("bad key [secret]") });
});

test.each([
  ["refuse", "init-failed"],
  ["sick", "unhealthy"],
])("nor in why it can't be deployed: %s", async (how, code) => {
  const { registry, store } = await deployed();
  await expect(registry.configure("blabber", { env: { [how]: "yes" } })).rejects.toMatchObject({
    code,
    message: expect.stringContaining("[secret]"),
  });
  expect(JSON.stringify(await store.events())).not.toContain("horse");
});
