/** Clients that send calls in lines without measure, and keys without end: what they hold is bounded, and others are served. */
import { describe, expect, it } from "vitest";
import { idempotencyBounds, lineBounds } from "../../host/bounds/http-bounds.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { guest } from "../guests/hostile-text.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";
import { until } from "../support/processes.ts";
import { head, RawClient } from "../support/raw-client.ts";

const MiB = 1024 * 1024;
const heap = new HeapAccount(256 * MiB);
const host = await hostOfFile({ heap });
await host.registry.deploy("calc", sample());
/** Answers with much for little. */
const much = guest(
  `(func (export "much") (result i32) (i32.store (i32.const 16) (i32.const 1024))
    (i32.store (i32.const 20) (i32.const 300000)) (i32.const 16))`,
  { much: "(result (list u8))" },
  { memory: "8" },
);

const lined = (path: string) =>
  head(
    `POST /call/${path}`,
    "Content-Type: application/x-ndjson",
    "Transfer-Encoding: chunked",
    "Connection: close",
  );
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const served = async () => expect((await host.call("calc/add", [40, 2])).json).toBe(42);

describe("lines of calls", () => {
  it("of which one never ends are refused by that, and those behind it are called", async () => {
    const client = await RawClient.open(host);
    client.send(lined("calc/add") + chunk("[1,2]\n"));
    const piece = chunk("x".repeat(MiB));
    for (let i = 0; i < 32; i++) {
      client.send(piece);
      await served();
    }
    client.send(`${chunk("\n[3,4]\n")}0\r\n\r\n`);
    const heard = await client.end();
    const said = [...heard.matchAll(/^\{.*\}$/gm)].map(([line]) => JSON.parse(line));
    expect(said.map(({ result, error }) => result ?? error.code)).toEqual([3, "too-large", 7]);
  });

  it("that are empty are counted, and others are served meanwhile", async () => {
    const client = await RawClient.open(host);
    client.send(lined("calc/add") + chunk("\n".repeat(lineBounds.lines.value)) + chunk("\n".repeat(900_000)));
    await served();
    expect(await client.end()).toContain("Those before are answered.");
    await served();
  });

  it("cost as a call does, each", async () => {
    await host.registry.deploy("rated", sample(), {
      settings: { rate: { requests: 1, seconds: 3_600, burst: 5 } },
    });
    const client = await RawClient.open(host);
    client.send(lined("rated/add") + chunk("[1,2]\n".repeat(1_000)) + chunk("").slice(0, 5));
    const heard = await client.end();
    expect(heard.match(/"result":3/g)).toHaveLength(5);
    expect(heard.match(/"code":"rate-limited"/g)).toHaveLength(995);
  });

  it.each(["inline", "process"] as const)(
    "whose answers nobody reads are not made, placed %s",
    async (placement) => {
      const name = `much-${placement}`;
      await host.registry.deploy(name, much(), { settings: { placement } });
      const counters = () => host.registry.details(name).counters;
      const before = heap.inUse;
      const client = await RawClient.open(host);
      client.socket.pause();
      client.send(lined(`${name}/much`) + chunk("[]\n".repeat(1_000)));
      await until(() => counters().calls > lineBounds.atOnce.value);
      for (let i = 0; i < 200; i++) await served();
      // What is between here and there in kernels, and what is being made; 400 MB if all were.
      expect(counters().calls).toBeLessThan(200);
      expect(heap.inUse - before).toBeLessThan(16 * MiB);
      client.socket.destroy();
      await until(() => counters().inFlight === 0 && heap.inUse <= before);
      await host.registry.remove(name);
    },
  );
});

describe("keys", () => {
  const keyed = (key: string, path: string, token: string) =>
    host.send("POST", `/call/${path}`, {
      headers: {
        "idempotency-key": key,
        "content-type": "application/json",
        authorization: `Bearer ${token}`,
      },
      body: "[]",
    });

  it("are kept so many for a token, and others are served", async () => {
    const settings = { access: "token" } as const;
    await host.registry.deploy("kept", sample(), { settings });
    await host.registry.deploy("much-kept", much(), { settings });
    const token = async (name: string) =>
      (await host.tokens.create({ name, scopes: ["call"] }, "test")).token;
    const [flood, fat, other] = [await token("flood"), await token("fat"), await token("other")];
    const before = heap.inUse;
    for (let i = 0; i < idempotencyBounds.entries.value; i++)
      expect((await keyed(`k${i}`, "kept/version", flood)).status).toBe(200);
    expect(await keyed("one-more", "kept/version", flood)).toMatchObject({ status: 429 });
    expect(await keyed("k0", "kept/version", flood)).toMatchObject({ status: 200 });
    // Answers that are too large are not kept.
    for (let i = 0; i < 20; i++) expect((await keyed(`k${i}`, "much-kept/much", fat)).status).toBe(200);
    expect(heap.inUse - before).toBeLessThan(idempotencyBounds.bytes.value);
    expect(await keyed("k0", "kept/version", other)).toMatchObject({ status: 200, json: 1 });
    await served();
  });
});
