/** Messages to and from NATS that a store costs, by how much there is in it. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Secret, sameSettings } from "../../../host/capabilities/secret.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { bytesOf, deploying } from "../../support/commits.ts";
import { type MeteredServer, meteredServer } from "./metered-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("traffic of a store on NATS", () => {
  let server: MeteredServer;
  beforeAll(async () => {
    server = await meteredServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const open = (name: string) => openNatsStore({ url: `nats://127.0.0.1:${server.port}/${name}` });

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
});
