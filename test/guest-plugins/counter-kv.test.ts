/** The example `counter-kv` on a data folder: what it counted outlasts the version and the host. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { exampleWasm } from "../support/examples.ts";

const data = await mkdtemp(join(tmpdir(), "hotcell-counter-kv-"));
let host: Host | undefined;
afterAll(async () => {
  await host?.close();
  await rm(data, { recursive: true, force: true });
});

const settings = { mode: "fresh", grants: { kv: true } } as const;

/** The same plugin as another version: with a custom section more. */
function nextVersion(wasm: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode("next");
  return Uint8Array.from([...wasm, 0, name.length + 1, name.length, ...name]);
}

const call = (name: string, ...args: unknown[]) => host!.registry.callJson("counter-kv", name, args);

it("keeps what it counted over a swap, a restart of the host and a rollback", async () => {
  const wasm = exampleWasm("counter-kv");
  host = await createHost({ data, log: () => {} });
  await host.registry.deploy("counter-kv", wasm, { settings });
  expect(await call("increment", "visits", 5)).toBe(5);

  const swapped = await host.registry.deploy("counter-kv", nextVersion(wasm));
  expect(swapped).toMatchObject({ outcome: "swapped" });
  expect(await call("increment", "visits", 1)).toBe(6);

  await host.close();
  host = await createHost({ data, log: () => {} });
  expect(await call("value", "visits")).toBe(6);
  expect(await call("names")).toEqual(["visits"]);

  await host.registry.rollback("counter-kv");
  expect(await call("increment", "visits", 1)).toBe(7);
});

it("counts all callers at once, also while a swap and a reset are under way", async () => {
  const many = (count: number) =>
    Promise.all(Array.from({ length: count }, () => call("increment", "all", 1)));
  const counted = many(20);
  const swapped = host!.registry.deploy("counter-kv", nextVersion(nextVersion(exampleWasm("counter-kv"))));
  const reset = call("reset", "all");
  await Promise.all([counted, swapped]);
  await many(20);
  expect(((await reset) as number) + ((await call("value", "all")) as number)).toBe(40);
});
