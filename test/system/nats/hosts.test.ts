/** Hosts that serve from one store on NATS, asked over HTTP. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { type RunningServer, startServer } from "../../../host/server.ts";
import { drafts } from "../../backends/key-value/kv-guest.ts";
import { docblocksOf, programsOf, promised } from "../../embedding/shown-programs.ts";
import { sample } from "../../guests/small-plugins.ts";
import { exampleWasm } from "../../support/examples.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

const cli = fileURLToPath(new URL("../../../host/cli/hotcell.mjs", import.meta.url));
const waiting = { timeout: 30_000, interval: 20 };

describe.runIf(!inject("missing").includes("nats-server"))("two hosts on one store on NATS", () => {
  let nats: NatsServer;
  let folder: string;
  let one: RunningServer;
  let other: RunningServer;

  const start = (name: string) =>
    startServer({
      ...{ host: "127.0.0.1", port: 0, data: join(folder, name), waitForData: 0, token: "t" },
      ...{
        allowedHosts: [],
        privateCalls: false,
        keepVersions: 20,
        cors: [],
        trustProxy: false,
        ceilings: {},
      },
      store: { url: `nats://127.0.0.1:${nats.port}/hosts`, patience: 1500 },
    });
  const send = async (server: RunningServer, method: string, path: string, body?: Uint8Array | object) => {
    const isJson = body !== undefined && !(body instanceof Uint8Array);
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        authorization: "Bearer t",
        ...(body && { "content-type": isJson ? "application/json" : "application/wasm" }),
      },
      ...(body && { body: isJson ? JSON.stringify(body) : new Uint8Array(body) }),
    });
    const text = await response.text();
    return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
  };
  const greeting = async (server: RunningServer) =>
    (await send(server, "POST", "/call/greet/greet", ["Ada"])).json;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hotcell-hosts-"));
    nats = await natsServer();
    one = await start("one");
    other = await start("other");
  });
  afterAll(async () => {
    await one?.close();
    await other?.close();
    await nats?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    await removeTemporaryFolders();
  });

  it("have the same plugins, settings, versions, tokens and events", async () => {
    expect(await send(one, "PUT", "/plugins/greet", await exampleWasm("greet"))).toMatchObject({
      status: 201,
    });
    await vi.waitFor(async () => expect(await greeting(other)).toBe("Hello, Ada!"), waiting);
    const changed = await send(other, "PATCH", "/plugins/greet", { limits: { time: 777 } });
    expect(changed).toMatchObject({ status: 200, json: { revision: 2 } });
    const limits = async () => (await send(one, "GET", "/plugins/greet")).json.settings.limits.time;
    await vi.waitFor(async () => expect(await limits()).toBe(777), waiting);
    const history = async (server: RunningServer) =>
      (await send(server, "GET", "/plugins/greet/deployments")).json;
    expect(await history(one)).toEqual(await history(other));
    const { json } = await send(one, "POST", "/tokens", { scopes: ["read"] });
    const asking = () =>
      fetch(`${other.url}/tokens`, { headers: { authorization: `Bearer ${json.token}` } }).then(
        (r) => r.status,
      );
    await vi.waitFor(async () => expect(await asking()).toBe(403), waiting);
  });

  it("have the same values by key, at once, and grant no files", async () => {
    const wasm = await drafts["0.2.0-draft2"]();
    const settings = { mode: "fresh", grants: { kv: { buckets: { default: {} } } } };
    await one.host.registry.deploy("kept", wasm, { settings: settings as never });
    await vi.waitFor(
      async () => expect((await send(other, "GET", "/plugins/kept")).status).toBe(200),
      waiting,
    );
    for (const text of ["one", "two", "three"]) {
      const value = Buffer.from(text).toString("base64");
      await send(one, "POST", "/call/kept/set", ["default", "k", value]);
      expect((await send(other, "POST", "/call/kept/get", ["default", "k"])).json).toEqual(value);
    }
    const refused = await send(one, "PATCH", "/plugins/greet", { grants: { files: {} } });
    expect(refused).toMatchObject({ status: 400, json: { code: "bad-settings", subject: "grants.files" } });
  });

  it("have one cell of a shared plugin together, wherever it is called", async () => {
    expect((await send(one, "PUT", "/plugins/counter", exampleWasm("counter"))).status).toBe(201);
    await vi.waitFor(
      async () => expect((await send(other, "GET", "/plugins/counter")).status).toBe(200),
      waiting,
    );
    const counts: unknown[] = [];
    for (const server of [other, one, other, one])
      counts.push((await send(server, "POST", "/call/counter/increment", [1])).json);
    expect(counts.map(Number)).toEqual([1, 2, 3, 4]);
    const { nodes } = (await send(one, "GET", "/nodes")).json as { nodes: { cells: string }[] };
    expect(nodes.map(({ cells }) => cells)).toEqual(
      [0, 1].map(() => expect.stringMatching(/^127\.0\.0\.1:\d+$/)),
    );
  });

  it("try a new version on one of them first, are told of it, and stop it wherever that is asked for", async () => {
    const path = "/plugins/tried";
    const version = async (server: RunningServer) =>
      (await send(server, "POST", "/call/tried/version", [])).json;
    expect((await send(one, "PUT", path, sample({ version: 1 }))).status).toBe(201);
    for (const settings of [{ mode: "fresh" }, { rollout: { time: "4m", calls: 5 } }])
      expect((await send(one, "PATCH", path, settings)).status).toBe(200);
    await vi.waitFor(async () => expect(await version(other)).toBe(1), waiting);
    const tried = async () => (await send(one, "GET", path)).json.rollout;

    const stopped = send(one, "PUT", path, sample({ version: 2 }));
    await vi.waitFor(async () => expect(await tried()).toBeDefined(), waiting);
    expect([await version(one), await version(other)]).toEqual([2, 1]);
    expect((await send(other, "PATCH", path, { limits: { queue: 7 } })).json.code).toBe("rollout-under-way");
    expect((await send(other, "DELETE", `${path}/rollout`)).status).toBe(204);
    expect(await stopped).toMatchObject({ status: 409, json: { code: "rollout-stopped" } });
    expect([await version(one), await version(other)]).toEqual([1, 1]);

    const gone = send(one, "PUT", path, sample({ version: 3 }));
    await vi.waitFor(async () => expect(await tried()).toBeDefined(), waiting);
    for (let i = 0; i < 5; i++) expect(await version(one)).toBe(3);
    const { first, hosts } = (await gone).json.rollout;
    expect([first.traps, hosts]).toEqual([0, { followed: 1, unsure: 0 }]);
    expect(await version(other)).toBe(3);
  });

  it("try the one cell of a plugin where it is, whoever is asked, and take it back there too", async () => {
    const path = "/plugins/one-cell";
    const call = (server: RunningServer, name: string) => send(server, "POST", `/call/one-cell/${name}`, []);
    const version = async (server: RunningServer) => (await call(server, "version")).json;
    const first = await send(one, "PUT", path, sample({ version: 1 }));
    expect(first.status).toBe(201);
    const settings = { rollout: { time: "4m", calls: 3 } };
    expect((await send(one, "PATCH", path, settings)).status).toBe(200);
    expect(await version(one)).toBe(1);
    await vi.waitFor(async () => expect(await version(other)).toBe(1), waiting);
    const tried = async () => (await send(other, "GET", path)).json.rollout;

    const failing = send(other, "PUT", path, sample({ version: 2 }));
    await vi.waitFor(
      async () => expect(await tried()).toMatchObject({ host: { pid: process.pid } }),
      waiting,
    );
    for (const server of [one, other]) expect(await version(server)).toBe(2);
    expect((await call(one, "boom")).json.code).toBe("trap");
    expect(await failing).toMatchObject({ status: 409, json: { code: "rollout-failed" } });
    for (const server of [one, other]) expect(await version(server)).toBe(1);

    const going = send(other, "PUT", path, sample({ version: 3 }));
    await vi.waitFor(async () => expect(await tried()).toBeDefined(), waiting);
    for (const server of [one, other, one]) expect(await version(server)).toBe(3);
    const { first: counted, hosts } = (await going).json.rollout;
    expect(counted).toMatchObject({ calls: 3, traps: 0, host: { pid: process.pid } });
    expect(hosts).toEqual({ followed: 1, unsure: 0 });
    for (const server of [one, other]) expect(await version(server)).toBe(3);
  });

  it("go on with calls while NATS is away, refuse changes with the reason, and agree afterwards", async () => {
    await nats.kill();
    try {
      for (const server of [one, other]) expect(await greeting(server)).toBe("Hello, Ada!");
      const refused = await send(one, "PATCH", "/plugins/greet", { limits: { time: 888 } });
      expect(refused).toMatchObject({ status: 503, json: { code: "store-unavailable" } });
      const keyed = await fetch(`${one.url}/call/greet/greet`, {
        method: "POST",
        headers: { authorization: "Bearer t", "content-type": "application/json", "idempotency-key": "k" },
        body: '["Ada"]',
      });
      expect([keyed.status, await keyed.json()]).toEqual([
        503,
        expect.objectContaining({
          code: "store-unavailable",
          remedy: expect.stringContaining("Without Idempotency-Key"),
        }),
      ]);
      const value = await send(other, "POST", "/call/kept/get", ["default", "k"]);
      expect(value.status).toBeGreaterThanOrEqual(400);
      for (const server of [one, other]) expect(await greeting(server)).toBe("Hello, Ada!");
    } finally {
      await nats.start();
    }
    const change = () => send(one, "PATCH", "/plugins/greet", { limits: { time: 999 } });
    await vi.waitFor(async () => expect(await change()).toMatchObject({ status: 200 }), waiting);
    const time = async () => (await send(other, "GET", "/plugins/greet")).json.settings.limits.time;
    await vi.waitFor(async () => expect(await time()).toBe(999), waiting);
    expect((await send(other, "POST", "/call/kept/get", ["default", "k"])).json).toEqual(
      Buffer.from("three").toString("base64"),
    );
  });

  it("are looked at by the command line, which says how NATS makes backups", async () => {
    const verb = async (store: string, ...args: string[]) => {
      const env = { ...process.env, HOTCELL_STORE: store, HOTCELL_DATA: join(folder, "one"), NO_COLOR: "1" };
      const run = promisify(execFile)(process.execPath, [cli, ...args], { env });
      return run.catch((error: { stdout: string; stderr: string }) => error);
    };
    const address = `127.0.0.1:${nats.port}/hosts`;
    const { stdout } = await verb(`nats://u:s3cret@${address}`, "doctor", "--json");
    expect(JSON.parse(stdout).findings ?? JSON.parse(stdout)).toContainEqual({
      name: "store",
      state: "ok",
      found: expect.stringContaining(`nats://${address} answers: nats-server 2.`),
    });
    expect(stdout).not.toContain("s3cret");
    const { stderr } = await verb(`nats://${address}`, "backup", join(folder, "b.db"));
    expect(stderr).toContain("nats stream backup hosts_kv");
  });

  it("are made by programs as the docblock shows one", async () => {
    const [program = ""] = (await docblocksOf("store/nats/nats-store.ts")).flatMap(programsOf);
    const place = await mkdtemp(join(tmpdir(), "hotcell-nats-program-"));
    await writeFile(join(place, "greet.wasm"), await exampleWasm("greet"));
    const address = "127.0.0.1:4222/hotcell";
    const library = '"hotcell"';
    expect(program).toContain(address);
    expect(program).toContain(library);
    const shown = program
      .replace(address, `127.0.0.1:${nats.port}/shown`)
      .replace(library, JSON.stringify(new URL("../../../host/index.ts", import.meta.url)));
    await writeFile(join(place, "program.ts"), shown);
    try {
      const { stdout } = await promisify(execFile)(process.execPath, ["program.ts"], { cwd: place });
      expect(stdout.trimEnd().split("\n")).toEqual(promised(program));
    } finally {
      await rm(place, { recursive: true });
    }
  });

  it("find all again when they start anew, and see what the other removes", async () => {
    await other.close();
    other = await start("other");
    expect(await greeting(other)).toBe("Hello, Ada!");
    expect((await send(other, "POST", "/call/kept/get", ["default", "k"])).json).toEqual(
      Buffer.from("three").toString("base64"),
    );
    expect((await send(other, "DELETE", "/plugins/greet")).status).toBe(204);
    await vi.waitFor(
      async () => expect((await send(one, "GET", "/plugins/greet")).status).toBe(404),
      waiting,
    );
  });
});
