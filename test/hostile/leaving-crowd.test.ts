/** Clients that open calls and leave, a thousand times: what they take is given back, and others are served meanwhile. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { waitingGuest } from "../guests/waiting-guest.ts";
import { until } from "../support/processes.ts";
import { head, RawClient } from "../support/raw-client.ts";
import { startTestHost, type TestHost } from "../support/test-host.ts";
import { ask, bystander, greeting, prepare } from "./run.ts";

const [rounds, atOnce] = [10, 100];
const heap = new HeapAccount();
let host: TestHost;
beforeAll(async () => {
  host = await startTestHost({ heap, ceilings: { fuelPerSecond: 1e12 } });
  await prepare(host);
});
afterAll(() => host.close());

const long = 500_000;
/** Bytes of arguments that are on the host's account as long as the call is. */
const padding = " ".repeat(10_000);

async function openAndLeave(name: string, ms: number): Promise<void> {
  const body = `[${ms}${padding}]`;
  const fields = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  const { calls } = host.registry.details(name).counters;
  const clients = await Promise.all(Array.from({ length: atOnce }, () => RawClient.open(host)));
  for (const client of clients) client.send(head(`POST /call/${name}/wait`, ...fields) + body);
  // Half of them leave at some point of their way in, the others from where they wait.
  for (const { socket } of clients.splice(0, atOnce / 2)) socket.destroy();
  await until(() => host.registry.details(name).counters.calls >= calls + atOnce / 2);
  expect(await ask(host, bystander)).toBe(greeting);
  for (const { socket } of clients) socket.destroy();
}

describe.each(["inline", "process"] as const)("a thousand clients that leave calls, %s", (placement) => {
  it.each([
    ["fresh", long],
    ["shared", 1],
  ] as const)("in mode %s leave nothing behind", async (mode, ms) => {
    const name = `${placement}-${mode}`;
    await host.registry.deploy(name, waitingGuest(), {
      settings: {
        placement,
        mode,
        grants: { clocks: true, logging: true },
        limits: { time: 600_000, concurrency: 8 },
      },
    });
    expect((await host.call(`${name}/wait`, [0])).json).toBe(1);
    const before = heap.inUse;
    for (let round = 0; round < rounds; round++) {
      await openAndLeave(name, ms);
      await until(() => host.registry.details(name).counters.inFlight === 0);
    }
    const { cancelled, traps, limits, fuel } = host.registry.details(name).counters;
    expect({ traps, limits }).toEqual({ traps: 0, limits: {} });
    expect(cancelled).toBeGreaterThan(mode === "fresh" ? (rounds * atOnce) / 2 - 1 : 0);
    expect(fuel).toBeGreaterThan(0);
    expect((await host.call(`${name}/wait`, [0])).json).toBeGreaterThan(0);
    expect(await ask(host, bystander)).toBe(greeting);
    await until(() => heap.inUse <= before);
    expect(host.faults).toEqual([]);
  });
});
