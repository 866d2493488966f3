/** Plugins that follow a tag of a registry: what moves it, what is refused, what stays as somebody has left it. */
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { ociBounds } from "../../../host/bounds/oci-bounds.ts";
import { Leadership } from "../../../host/nodes/leadership.ts";
import { joinSqliteLeases } from "../../../host/nodes/sqlite-leases.ts";
import { ownFacts } from "../../../host/nodes/told-nodes.ts";
import { OciClient } from "../../../host/sources/oci/oci-client.ts";
import { readRegistries } from "../../../host/sources/oci/registry-rules.ts";
import { SourceWatch, type SourceWatchOptions } from "../../../host/sources/oci/source-watch.ts";
import { WatchedSource, type WatchMeans } from "../../../host/sources/oci/watched-source.ts";
import { component, logger, sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";
import { startTestRegistry } from "./test-registry.ts";

const registry = await startTestRegistry();
afterAll(() => registry.close());
afterEach(() => {
  registry.asked.length = 0;
});
const hosts = hostsOfTests({ registries: [registry.url] });

const stable = (name: string) => `${registry.name}/acme/${name}:stable`;
const push = (name: string, bytes: Uint8Array) => registry.put(`acme/${name}`, "stable", bytes);
const json = { "content-type": "application/json" };
const patch = (name: string, settings: object, headers = json) =>
  hosts.host.send("PATCH", `/plugins/${name}`, { body: JSON.stringify(settings), headers });
const check = (name: string) => hosts.host.send("POST", `/plugins/${name}/source/check`);
const details = async (name: string) => (await hosts.host.send("GET", `/plugins/${name}`)).json;
const version = async (name: string) => (await hosts.host.call(`${name}/version`, [])).json;

/** Host with a plugin that follows its tag, which stands for version 1. */
async function following(name: string): Promise<void> {
  await hosts.start();
  push(name, sample({ version: 1 }));
  const body = JSON.stringify({ oci: stable(name), settings: { source: { oci: stable(name) } } });
  expect((await hosts.host.send("PUT", `/plugins/${name}`, { body, headers: json })).status).toBe(201);
}

it("deploys what the tag moves to when it is told to look, and nothing else", async () => {
  await following("p");
  const first = await check("p");
  expect([first.status, first.json.outcome]).toEqual([200, "unchanged"]);
  // The manifest is asked for its digest, and no more.
  expect(registry.asked.slice(-1)).toEqual(["HEAD /v2/acme/p/manifests/stable"]);
  const { manifest } = push("p", sample({ version: 2 }));
  const { json } = await check("p");
  expect(json).toMatchObject({ oci: stable("p"), digest: manifest, outcome: "deployed" });
  expect(json.deployment).toMatchObject({
    outcome: "swapped",
    origin: { oci: stable("p"), digest: manifest },
  });
  expect(await version("p")).toBe(2);
  const { source, origin } = await details("p");
  expect(source).toEqual({ oci: stable("p"), checkedAt: expect.any(String), digest: manifest });
  expect(origin.digest).toBe(manifest);
  const [deployed] = await hosts.host.registry.deployments("p");
  expect(deployed).toMatchObject({ who: "source", outcome: "swapped" });
  expect((await hosts.host.send("GET", "/metrics")).text).toMatch(
    /hotcell_source_checks_total\{outcome="deployed"\} 1\n/,
  );
});

it("refuses what the gates refuse, once, and tries it again when it is asked or settings change", async () => {
  await following("q");
  await check("q");
  const { manifest } = push("q", sample({ version: 2, without: ["echo"] }));
  const refused = await check("q");
  expect([refused.status, refused.json.code]).toEqual([409, "incompatible"]);
  expect(await version("q")).toBe(1);
  expect((await details("q")).source).toMatchObject({ digest: manifest, failed: { code: "incompatible" } });
  push("q", sample({ version: 3 }));
  expect((await check("q")).json.outcome).toBe("deployed");
  expect((await details("q")).source).not.toHaveProperty("failed");
  expect(await version("q")).toBe(3);
});

it("leaves what somebody rolled back, also when the host begins anew", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "hotcell-watch-"));
  await hosts.start({ data: folder.path });
  push("r", sample({ version: 1 }));
  await hosts.host.registry.deploy("r", sample({ version: 1 }), {
    settings: { source: { oci: stable("r") } },
  });
  push("r", sample({ version: 2 }));
  expect((await check("r")).json.outcome).toBe("deployed");
  await hosts.host.registry.rollback("r");
  expect((await check("r")).json.outcome).toBe("unchanged");
  await hosts.host.close();
  await hosts.start({ data: folder.path });
  expect((await check("r")).json.outcome).toBe("unchanged");
  expect(await version("r")).toBe(1);
  await hosts.host.close();
  await hosts.start();
});

it.each([
  [{ oci: "p:1" }, "bad-reference"],
  [{ oci: "ghcr.io/acme/p:1" }, "registry-not-allowed"],
  [{ oci: `${registry.name}/acme/p@sha256:${"0".repeat(64)}` }, "bad-settings"],
  [{ oci: stable("p"), watch: "1s" }, "bad-settings"],
  [{ oci: stable("p"), watch: "25h" }, "bad-settings"],
  [{ oci: stable("p"), watch: "often" }, "bad-settings"],
  [{ watch: "5m" }, "bad-settings"],
])("refuses %j as a source", async (source, code) => {
  await hosts.start();
  await hosts.host.registry.deploy("s", sample());
  const { json } = await patch("s", { source });
  expect(json.code).toBe(code);
  expect(json.remedy).toMatch(/\w/);
});

it("takes a token that may deploy, and none that may only configure", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("t", sample());
  const as = async (scope: string) => {
    const { token } = await hosts.host.tokens.create({ scopes: [scope] }, "test");
    return { ...json, authorization: `Bearer ${token}` };
  };
  const source = { source: { oci: stable("t"), watch: "1h" } };
  const configuring = await patch("t", source, await as("configure"));
  expect([configuring.status, configuring.json.scope]).toEqual([403, "deploy"]);
  expect((await patch("t", source, await as("deploy"))).status).toBe(200);
  expect((await details("t")).source).toEqual({ ...source.source, next: expect.any(String) });
  expect((await patch("t", { source: null }, await as("deploy"))).status).toBe(200);
  expect(await details("t")).not.toHaveProperty("source");
  expect((await check("t")).json.code).toBe("bad-request");
  expect((await check("nobody")).json.code).toBe("plugin-not-found");
});

it("leaves turns to who pulls while looks that were asked for wait for a registry", async () => {
  await hosts.start();
  const slow = ["slow-1", "slow-2", "slow-3"];
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  let waiting = 0;
  for (const name of slow) {
    const { manifestPath } = push(name, sample({ version: 1 }));
    await hosts.host.registry.deploy(name, sample({ version: 1 }), {
      settings: { source: { oci: stable(name) } },
    });
    const send = registry.answers.get(manifestPath)!;
    registry.answers.set(manifestPath, (request, response) => {
      if (++waiting === 2) asked.resolve();
      void answered.promise.then(() => send(request, response));
    });
  }
  const looks = slow.map(check);
  await asked.promise;
  push("quick", sample({ version: 1 }));
  const body = JSON.stringify({ oci: stable("quick") });
  expect((await hosts.host.send("PUT", "/plugins/quick", { body, headers: json })).status).toBe(201);
  answered.resolve();
  for (const look of looks) expect((await look).json.outcome).toBe("unchanged");
});

/** Means of a source that is watched without a pause, on the host that runs. */
function means(told: string[], counted: string[] = []): WatchMeans & SourceWatchOptions {
  const client = new OciClient({
    rules: readRegistries([registry.url], "test"),
    maxBytes: 1e6,
    times: { backoff: 1 },
  });
  return {
    client,
    registry: hosts.host.registry,
    inTurn: (work) => work(),
    tell: (_, { code }) => told.push(code),
    count: (outcome) => counted.push(outcome),
  };
}

/** Resolves when the plugin has that revision. */
function atRevision(name: string, revision: number): Promise<void> {
  return new Promise((resolve) => {
    const end = hosts.host.store.watch((event) => {
      if (event.plugin !== name || event.kind !== "deployed" || event.revision !== revision) return;
      end();
      setImmediate(resolve);
    });
  });
}

it("looks by itself, and tells what is refused once", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("u", sample({ version: 1 }));
  push("u", sample({ version: 1 }));
  const told: string[] = [];
  const counted: string[] = [];
  const watched = new WatchedSource("u", { oci: stable("u"), watch: "0s" }, means(told, counted));
  try {
    const swapped = atRevision("u", 2);
    push("u", sample({ version: 2 }));
    await swapped;
    expect(await version("u")).toBe(2);
    push("u", logger());
    const refused = () => counted.filter((outcome) => outcome === "refused").length;
    while (refused() === 0) await new Promise((done) => setImmediate(done));
    const looks = counted.length;
    while (counted.length < looks + 3) await new Promise((done) => setImmediate(done));
    // The refusal is an event of the deployment's own.
    expect([told, refused()]).toEqual([[], 1]);
    expect(await version("u")).toBe(2);
  } finally {
    watched.stop();
  }
});

it("tries what was refused again when the plugin has other settings", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("w", component(""));
  push("w", logger());
  const watched = new WatchedSource("w", { oci: stable("w") }, means([]));
  expect((await refusalOf(watched.check(false))).code).toBe("import-not-granted");
  expect((await watched.check(false)).outcome).toBe("unchanged");
  expect(watched.state.failed?.code).toBe("import-not-granted");
  await hosts.host.registry.configure("w", { grants: { logging: true } });
  expect((await watched.check(false)).outcome).toBe("deployed");
  expect(watched.state).not.toHaveProperty("failed");
  watched.stop();
});

it("tells what a registry fails with once, until it works again", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("x", sample({ version: 1 }));
  const { manifestPath } = push("x", sample({ version: 1 }));
  const send = registry.answers.get(manifestPath)!;
  registry.answers.set(manifestPath, (_, response) => response.writeHead(500).end());
  const told: string[] = [];
  const watched = new WatchedSource("x", { oci: stable("x") }, means(told));
  for (let i = 0; i < 2; i++) expect((await refusalOf(watched.check(false))).code).toBe("registry-failed");
  expect(told).toEqual(["registry-failed"]);
  registry.answers.set(manifestPath, send);
  await watched.check(false);
  expect(watched.state).not.toHaveProperty("failed");
  watched.stop();
});

it("leaves what was rolled back of what another host had deployed", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("y", sample({ version: 1 }));
  push("y", sample({ version: 1 }));
  const [one, other] = [1, 2].map(() => new WatchedSource("y", { oci: stable("y") }, means([])));
  for (const each of [one, other]) expect((await each!.check(false)).outcome).toBe("unchanged");
  push("y", sample({ version: 2 }));
  expect((await one!.check(false)).outcome).toBe("deployed");
  await hosts.host.registry.rollback("y");
  for (const each of [other, one]) expect((await each!.check(false)).outcome).toBe("unchanged");
  expect(await version("y")).toBe(1);
  for (const each of [one, other]) each!.stop();
});

it("looks by itself on the host that leads alone", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("z", sample({ version: 1 }));
  push("z", sample({ version: 2 }));
  let asked = 0;
  const leads = () => ++asked > 3;
  const deployed = atRevision("z", 2);
  const watched = new WatchedSource("z", { oci: stable("z"), watch: "0s" }, { ...means([]), leads });
  await deployed;
  watched.stop();
  expect(asked).toBeGreaterThan(3);
});

it("is followed by one of several hosts, and by another when that ends", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("led", sample({ version: 1 }));
  push("led", sample({ version: 1 }));
  await using folder = await mkdtempDisposable(join(tmpdir(), "hotcell-leads-"));
  const started = [1, 2].map(() => {
    const leases = joinSqliteLeases(folder.path, ownFacts("test"));
    const leadership = new Leadership(leases);
    const looks: string[] = [];
    const leads = () => leadership.leads;
    const source = { oci: stable("led"), watch: "0s" };
    const watched = new WatchedSource("led", source, { ...means([], looks), leads });
    const end = async () => {
      watched.stop();
      await leadership.close();
      await leases.close();
    };
    return { looks, end };
  });
  await until(() => started.some(({ looks }) => looks.length >= 5));
  const [leader, other] = started[0]!.looks.length > 0 ? started : started.toReversed();
  expect(other!.looks).toEqual([]);
  // Each look asks the registry once, and nobody else does.
  const asked = registry.asked.filter((line) => line.startsWith("HEAD "));
  expect(asked.length - leader!.looks.length).toBeLessThanOrEqual(1);
  await leader!.end();
  const before = leader!.looks.length;
  await until(() => other!.looks.length >= 5);
  expect(leader!.looks).toHaveLength(before);
  await other!.end();
});

it("follows so many, and those beyond once there is a place, which they are told until then", async () => {
  await hosts.start();
  const watch = new SourceWatch(means([]));
  const most = ociBounds.watched.value;
  const source = { oci: stable("many") };
  for (let i = 0; i <= most; i++) watch.follow(`p${i}`, source);
  const last = `p${most}`;
  expect(watch.state(`p${most - 1}`)).toEqual(source);
  expect(watch.state(last)).toMatchObject({ ...source, failed: { code: "bad-settings" } });
  expect((await refusalOf(watch.check(last))).facts.limit).toBe(most);
  watch.follow("p7", undefined);
  expect([watch.state("p7"), watch.state(last)]).toEqual([undefined, source]);
  watch.close();
  expect(watch.state(last)).toBeUndefined();
});

it("does not bring back a plugin that was removed while it was pulled", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("v", sample({ version: 1 }));
  const { blobPath } = push("v", sample({ version: 2 }));
  const send = registry.answers.get(blobPath)!;
  registry.answers.set(blobPath, (request, response) => {
    void hosts.host.registry.remove("v", { keepData: false }).then(() => send(request, response));
  });
  const watched = new WatchedSource("v", { oci: stable("v") }, means([]));
  expect((await refusalOf(watched.check(true))).code).toBe("stale-revision");
  watched.stop();
  expect(hosts.host.registry.revision("v")).toBeUndefined();
});

it("looks once more where somebody asks while it looks: the tag may have moved since", async () => {
  await hosts.start();
  await hosts.host.registry.deploy("late", sample({ version: 1 }));
  const { manifestPath } = push("late", sample({ version: 1 }));
  const watched = new WatchedSource("late", { oci: stable("late") }, means([]));
  expect((await watched.check(false)).outcome).toBe("unchanged");
  const send = registry.answers.get(manifestPath)!;
  const looking = Promise.withResolvers<void>();
  const moved = Promise.withResolvers<void>();
  registry.answers.set(manifestPath, (request, response) => {
    looking.resolve();
    void moved.promise.then(() => send(request, response));
  });
  const before = watched.check(false);
  await looking.promise;
  push("late", sample({ version: 2 }));
  const [one, other] = [watched.check(true), watched.check(true)];
  moved.resolve();
  expect((await before).outcome).toBe("unchanged");
  expect((await one).outcome).toBe("deployed");
  expect(await other).toBe(await one);
  expect(await version("late")).toBe(2);
  watched.stop();
});
