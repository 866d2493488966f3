/** Messages to and from NATS that a store costs, by how much there is in it. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Secret, sameSettings } from "../../../host/capabilities/secret.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import type { Store } from "../../../host/store/store.ts";
import { bytesOf, deploying } from "../../support/commits.ts";
import { type MeteredServer, meteredServer } from "./metered-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("traffic of a store on NATS", () => {
  let server: MeteredServer;
  beforeAll(async () => {
    server = await meteredServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const open = (name: string) => openNatsStore({ url: `nats://127.0.0.1:${server.port}/${name}` });

  /** Deploys so many plugins, each so often, with settings of which something else holds. */
  async function deploy(store: Store, plugins: number, versions = 1): Promise<void> {
    for (let version = 0; version < versions; version++)
      await Promise.all(
        Array.from({ length: plugins }, (_, i) => {
          const held = { mode: "shared", at: version, timeout: 1000 };
          return store.commit(deploying(`p${i}`, version, bytesOf(`${i}.${version}`), { held }));
        }),
      );
  }

  it("who begins reads a message a plugin, however often that was deployed", async () => {
    await using first = await open("begin");
    await deploy(first, 100, 3);
    await using other = await open("begin");
    const { got, sent } = await server.during(async () => {
      expect((await other.list()).map(({ settings }) => settings)).toEqual(
        Array(100).fill({ mode: "shared", at: 2 }),
      );
    });
    expect(got).toBeLessThan(20);
    expect(sent).toBeLessThan(150);
  });

  it("settings lie beside a commit only where they have secrets", async () => {
    await using store = await open("beside");
    await store.commit(deploying("p0", 0, bytesOf("0")));
    const settings = { env: { KEY: new Secret("s3cret") } };
    const held = { mode: "shared", timeout: 1000 };
    const commit = (at: number, rest: object) =>
      server.during(() => store.commit(deploying("p0", at, bytesOf(`${at}`), { held, ...rest })));
    const plain = await commit(1, {});
    const secret = await commit(2, { settings });
    expect(secret.got).toBeGreaterThan(plain.got);
    expect(sameSettings((await store.plugin("p0"))!.settings, settings)).toBe(true);
  });

  it("a deployment collects what it let go, and reads nothing of other plugins", async () => {
    await using store = await open("collect");
    await deploy(store, 20);
    /** Traffic of ten deployments, each of which lets a version go. */
    const deployments = (name: string) =>
      server.during(async () => {
        for (let i = 0; i < 10; i++) {
          await store.commit(deploying(name, i, bytesOf(`${name} ${i}`)));
          await store.prune(name, { versions: 1, deployments: 1 });
          expect((await store.collect()).versions).toBe(i === 0 ? 0 : 1);
          await store.trimEvents(5, 1e6);
        }
      });
    const few = await deployments("few");
    for (let i = 20; i < 320; i++) await store.commit(deploying(`p${i}`, 0, bytesOf(`${i}`)));
    await store.trimEvents(5, 1e6);
    const many = await deployments("many");
    expect(many.got).toBeLessThan(few.got * 1.2);
    expect(many.sent).toBeLessThan(few.sent * 1.5);
  });

  it("a server by itself is not asked how many copies it has before something is removed", async () => {
    await using store = await open("purge");
    const states = (token: number) => store.states.put("p", token, { version: "v", bytes: bytesOf("s") });
    await states(1);
    const { got } = await server.during(async () => {
      for (let i = 0; i < 10; i++) await states(1);
    });
    // Each is read, written in a chunk and a register, and has the one before removed.
    expect(got).toBeLessThan(45);
  });

  it("one server takes one of several changes that were made at once, and no question is asked about it", async () => {
    await using one = await open("race");
    await using other = await open("race");
    let seq = (await one.registers.put("lease", "x", "0"))!;
    const { got } = await server.during(async () => {
      for (let i = 0; i < 50; i++) {
        const put = (store: typeof one) => store.registers.put("lease", "x", `${i}`, seq);
        const numbers = (await Promise.all([put(one), put(other)])).filter((number) => number !== undefined);
        expect(numbers).toHaveLength(1);
        seq = numbers[0]!;
      }
    });
    // Who was outrun looks why.
    expect(got).toBeLessThan(50 * 4 + 10);
  });
});
