/** Diagnosis of a host that is to be one of several on a store on NATS. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { diagnoseHere, diagnoseThere } from "../../../host/cli/doctor/diagnosis.ts";
import type { DoctorFinding } from "../../../host/cli/doctor/finding.ts";
import { NodeKeys } from "../../../host/nodes/node-key.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { finished, killRunning, Lines, type Running, startHotcell } from "../../support/cli.ts";
import { freePorts } from "../../support/processes.ts";
import { type NatsServer, natsCluster, natsServer } from "./nats-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("hotcell doctor beside NATS", () => {
  let nats: NatsServer;
  let folder: string;
  let owner: NatsConnection;
  const user = (name: string, publish: readonly string[]) =>
    `{ user: ${name}, password: p, permissions: { publish: ${JSON.stringify(publish)}, subscribe: ["_INBOX.>"] } }`;
  const reading = [
    "$JS.API.INFO",
    "$JS.API.STREAM.INFO.>",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.MSG.GET.>",
  ];
  const consuming = ["CREATE", "DELETE", "MSG.NEXT"].map((what) => `$JS.API.CONSUMER.${what}.>`);
  const users = [
    "{ user: owner, password: p }",
    user("full", ["hotcell.>", "$JS.API.>"]),
    user("reader", [...reading, ...consuming]),
    user("unmade", [
      ...reading,
      ...consuming,
      "hotcell.>",
      "$JS.API.STREAM.PURGE.>",
      "$JS.API.STREAM.MSG.DELETE.>",
    ]),
    user("partly", ["hotcell.log.>", "$JS.API.>"]),
  ];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hotcell-doctor-nats-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    nats = await natsServer(`authorization: { users: [ ${users.join(", ")} ] }`);
    owner = await connect({ servers: `127.0.0.1:${nats.port}`, user: "owner", pass: "p" });
  });
  afterEach(async () => {
    await killRunning();
    await owner.close();
    await nats[Symbol.asyncDispose]();
  });

  const url = (name: string) => `nats://${name}:p@127.0.0.1:${nats.port}/hotcell`;
  const diagnosis = async (name: string, environment: Record<string, string> = {}) => {
    const all = { HOTCELL_STORE: url(name), ...environment };
    const findings = await diagnoseHere(all, { port: "0", data: join(folder, "none") });
    return Object.fromEntries(findings.map((each) => [each.name, each])) as Record<string, DoctorFinding>;
  };
  const kept = async () => {
    const manager = await jetstreamManager(owner);
    const streams = await Array.fromAsync(manager.streams.list());
    return streams.map(({ config, state }) => [
      config.name,
      state.last_seq,
      state.messages,
      state.consumer_count,
    ]);
  };
  const make = async () => (await openNatsStore({ url: url("owner") }))[Symbol.asyncDispose]();

  it("finds that a host elsewhere can't use its store, and sends a script there again", async () => {
    const data = join(folder, "elsewhere");
    const line = ["serve", "--port", "0", "--data", data, "--store", url("full")];
    const listens = (await new Lines(startHotcell(line)).until(/listens on/)).at(-1)!;
    const address = /http:\S+/.exec(listens)![0];
    const token = (await readFile(join(data, "token"), "utf8")).trim();
    const there = async () => {
      const findings = await diagnoseThere({}, { url: address, token });
      return Object.fromEntries(findings.map((each) => [each.name, each]));
    };
    expect((await there()).access).toMatchObject({ state: "ok" });
    await nats.kill();
    const found = await there();
    expect(found).not.toHaveProperty("access");
    expect(found.store).toMatchObject({
      state: "wrong",
      found: expect.stringContaining("there is no connection to NATS"),
      remedy: expect.stringContaining("Look after the NATS servers"),
    });
    const tokens = ["token", "list", "--url", address];
    const asked = await finished(startHotcell(tokens, { environment: { HOTCELL_TOKEN: token } }));
    expect(asked.code).toBe(9);
  });

  it("finds a user that may do what a host does well, and leaves nothing", async () => {
    expect((await diagnosis("full")).store).toMatchObject({ state: "ok" });
    expect(await kept()).toEqual([]);
    await make();
    const before = await kept();
    expect((await diagnosis("full")).store).toMatchObject({ state: "ok" });
    expect(before).toHaveLength(4);
    expect(await kept()).toEqual(before);
  });

  it("says what a user may not do that a host needs, with the store there and without it", async () => {
    for (const made of [false, true]) {
      if (made) await make();
      const before = await kept();
      expect((await diagnosis("reader")).store).toMatchObject({
        state: "wrong",
        found: expect.stringMatching(/may not publish to .*hotcell\.log/),
        remedy: expect.stringMatching(/hotcell\.> and \$JS\.API\.>/),
      });
      expect((await diagnosis("partly")).store).toMatchObject({
        state: "wrong",
        found: expect.stringMatching(/may not publish to hotcell\.data\.\S+, hotcell\.kv\.\S+ /),
      });
      // Whoever need not make streams may be kept from it.
      const { store } = await diagnosis("unmade");
      if (made) expect(store).toMatchObject({ state: "ok" });
      else
        expect(store).toMatchObject({
          state: "wrong",
          found: expect.stringContaining("STREAM.CREATE.hotcell_log"),
        });
      expect(await kept()).toEqual(before);
    }
  });

  it("says where streams can't be made as they are asked for, or are somebody else's", async () => {
    expect((await diagnosis("full", { HOTCELL_NATS_REPLICAS: "3" })).store).toMatchObject({
      state: "wrong",
      found: expect.stringMatching(/3 copies/),
      remedy: expect.stringContaining("HOTCELL_NATS_REPLICAS"),
    });
    const manager = await jetstreamManager(owner);
    await manager.streams.add({ name: "hotcell_log", subjects: ["something.else"] });
    expect((await diagnosis("full")).store).toMatchObject({
      state: "wrong",
      found: expect.stringContaining("hotcell_log on NATS is no store"),
    });
  });

  it("says where the account has no room for streams", async () => {
    const account = (limits: string) =>
      `accounts: { A: { users: [ ${users.join(", ")} ], jetstream: ${limits} } }`;
    await nats.reload(account("{ max_streams: 2 }"));
    await expect
      .poll(async () => (await diagnosis("full")).store)
      .toMatchObject({
        state: "wrong",
        found: expect.stringMatching(/may have 2 streams/),
      });
  });

  it("looks at the address for the other hosts, and whether it is this machine's", async () => {
    const [port] = await freePorts(1);
    const own = await diagnosis("full", { HOTCELL_NODE_ADDRESS: `127.0.0.1:${port}` });
    expect(own["node-address"]).toMatchObject({ state: "ok", found: `127.0.0.1:${port} is free` });
    expect((await diagnosis("full", { HOTCELL_NODE_ADDRESS: "192.0.2.7" }))["node-address"]).toMatchObject({
      state: "wrong",
      found: expect.stringContaining("is not an address of this machine"),
      remedy: expect.stringContaining("HOTCELL_NODE_ADDRESS"),
    });
    expect(
      (await diagnosis("full", { HOTCELL_NODE_ADDRESS: `127.0.0.1:${nats.port}` }))["node-address"],
    ).toMatchObject({
      state: "wrong",
      found: expect.stringMatching(/in use already, by process/),
      remedy: expect.stringContaining("HOTCELL_NODE_ADDRESS"),
    });
  });

  it("asks the other hosts of the store whether they answer, and none that has ended", async () => {
    const [port] = await freePorts(1);
    const start = async (data: string, ...line: string[]): Promise<Running> => {
      const child = startHotcell([
        "serve",
        "--port",
        "0",
        "--data",
        join(folder, data),
        "--store",
        url("full"),
        ...line,
      ]);
      await new Lines(child).until(/listens on/);
      return child;
    };
    await start("one", "--node-address", `127.0.0.1:${port}`);
    const two = await start("two");
    const both = await diagnosis("full");
    expect(both["other-hosts"]).toMatchObject({
      state: "ok",
      found: expect.stringMatching(/^2 hosts answer: .*127\.0\.0\.1:\d+.*, .*127\.0\.0\.1:\d+/),
    });
    // The host itself is none of the others, and has its address rightly.
    const run = await finished(
      startHotcell(["doctor", "--json", "--port", "0", "--data", join(folder, "one")], {
        environment: { HOTCELL_STORE: url("full"), HOTCELL_NODE_ADDRESS: `127.0.0.1:${port}` },
      }),
    );
    const { findings } = JSON.parse(run.stdout) as { findings: DoctorFinding[] };
    const found = (name: string) => findings.find((each) => each.name === name);
    expect(found("node-address")).toMatchObject({
      state: "ok",
      found: expect.stringContaining("the host that serves from the data folder listens"),
    });
    expect(found("other-hosts")).toMatchObject({
      state: "ok",
      found: expect.stringMatching(/^1 host answers: /),
    });
    two.kill("SIGSTOP");
    try {
      // It stands still, and has been heard of a moment ago.
      await expect
        .poll(async () => (await diagnosis("full"))["other-hosts"]?.found)
        .toMatch(/^1 host answers/);
    } finally {
      two.kill("SIGCONT");
    }
  });

  it("says which host tells an address that does not answer", async () => {
    await using store = await openNatsStore({ url: url("full") });
    const [port] = await freePorts(1);
    let machine = "elsewhere";
    const beat = () => {
      const node = { id: "n", machine, pid: 1, version: "0", since: "", cells: `127.0.0.1:${port}` };
      return store.registers.put("node", "n", JSON.stringify({ node, order: 1 }));
    };
    // There is one once a host was there.
    await NodeKeys.of(store.registers);
    await beat();
    const beating = setInterval(() => void beat(), 50);
    try {
      expect((await diagnosis("full"))["other-hosts"]).toMatchObject({
        state: "note",
        found: expect.stringMatching(/^elsewhere .* only those on its machine reach/),
        remedy: expect.stringContaining("HOTCELL_NODE_ADDRESS"),
      });
      machine = hostname();
      expect((await diagnosis("full"))["other-hosts"]).toMatchObject({
        state: "wrong",
        found: expect.stringMatching(/does not answer at .*ECONNREFUSED/),
        remedy: expect.stringContaining("HOTCELL_NODE_ADDRESS"),
      });
    } finally {
      clearInterval(beating);
    }
  });

  it("finds a cluster well, with copies and without a store, and leaves nothing in it", async () => {
    const servers = await natsCluster();
    const ports = servers.map(({ port }) => `127.0.0.1:${port}`);
    const environment = { HOTCELL_STORE: `nats://${ports.join(",")}/copied`, HOTCELL_NATS_REPLICAS: "3" };
    const found = async () => (await diagnosis("owner", environment)).store;
    const nc = await connect({ servers: ports });
    try {
      await expect.poll(found).toMatchObject({ state: "ok" });
      const manager = await jetstreamManager(nc);
      const told = async () =>
        (await Array.fromAsync(manager.streams.list()))
          .map(({ config, state }) => [config.name, state.last_seq, state.consumer_count])
          .sort();
      expect(await told()).toEqual([]);
      await (await openNatsStore({ url: environment.HOTCELL_STORE, replicas: 3, patience: 30_000 }))[
        Symbol.asyncDispose
      ]();
      const before = await told();
      expect(before).toHaveLength(4);
      expect(await found()).toMatchObject({ state: "ok" });
      expect(await told()).toEqual(before);
    } finally {
      await nc.close();
      for (const server of servers) await server[Symbol.asyncDispose]();
    }
  });
});
