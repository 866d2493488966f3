/** Requests that a plugin sends while its cell begins: from `init`, by which deployments are told what they need. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { witDeps } from "../../guest-plugins/wit-packages.ts";
import { awake, hostOfEachTest } from "../../support/hosts.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";

let asked = 0;
const server = createServer((request, response) => {
  asked++;
  if (request.url !== "/silent") response.end(`rates of ${request.url}`);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await removeTemporaryFolders();
});

const world = `package t:asks-first@1.0.0;
world asks-first {
  import wasi:http/types@0.2.0;
  import wasi:http/outgoing-handler@0.2.0;
  export hotcell:plugin/lifecycle@0.1.0;
  export said: func() -> string;
}`;
const source = `
import { fetch } from "hotcell/assembly/fetch";
import { Result, Tuple2, Unit } from "wit-types";
let answer = "";
export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  const response = fetch(config[0].f1);
  const text = response.text();
  if (text === null) return Result.err<Unit, string>(response.error!.code);
  answer = text;
  return Result.ok<Unit, string>();
}
export function health(): Result<Unit, string> { return Result.ok<Unit, string>(); }
export function said(): string { return answer; }`;

const component = await buildComponent({
  files: {
    "wit/world.wit": world,
    "wit/deps/plugin/plugin.wit": await readFile(new URL("../../../wit/plugin.wit", import.meta.url), "utf8"),
    "assembly/index.ts": source,
    ...(await witDeps("wasi:http@0.2.0")),
  },
});

const { registry } = hostOfEachTest({ allow: ["http://127.0.0.1:*", "private"] });

describe.each(["inline", "process"] as const)("a plugin that asks while it begins, %s", (placement) => {
  const deploy = (url: string, more: object = {}) =>
    registry.deploy("guest", component, {
      settings: {
        ...{ placement, env: { url } },
        grants: { http: { allow: ["http://127.0.0.1:*"], private: true } },
        ...more,
      },
    });
  const said = () => awake(registry.callable("guest", "said")).call([]);

  it("has the answer, in each cell that it gets", async () => {
    await deploy(`${origin}/at`);
    expect(await said()).toBe("rates of /at");
    const before = asked;
    await registry.configure("guest", { env: { url: `${origin}/de` } }, { allowStateLoss: true });
    expect(await said()).toBe("rates of /de");
    expect(asked).toBeGreaterThan(before);
  });

  it("is refused with what it says of its failure", async () => {
    await expect(deploy("http://127.0.0.1:1/")).rejects.toMatchObject({
      code: "init-failed",
      message: expect.stringContaining("connection-refused"),
    });
    await expect(deploy("http://elsewhere.example/")).rejects.toMatchObject({
      code: "init-failed",
      message: expect.stringContaining("HTTP-request-denied"),
    });
    expect(registry.list()).toEqual([]);
  });

  it("is refused where nobody answers in the time that a start has", async () => {
    await expect(deploy(`${origin}/silent`, { limits: { time: 300 } })).rejects.toMatchObject({
      code: "trial-failed",
      message: expect.stringContaining("init of guest did not end within 300 ms"),
    });
    expect(registry.list()).toEqual([]);
  });
});
