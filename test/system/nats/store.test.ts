/** The store on a real NATS server. */
import { afterAll, beforeAll, describe, inject } from "vitest";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { storeContract } from "../../store/contract.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("the store on NATS", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await natsServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  let opened = 0;
  storeContract("nats", () => openNatsStore({ url: `nats://127.0.0.1:${server.port}/store-${++opened}` }));
});
