/** Errors that quote what came: however long that was, what is told of it, and kept, is short. */

import { expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";

const host = await hostOfFile();
await host.put("calc", sample());

const long = "x".repeat(4_000_000);
const headers = { "content-type": "application/json" };

it.each([
  ["PATCH", "/plugins/calc", { mode: long }],
  ["PATCH", "/plugins/calc", { [long]: 1 }],
  ["PATCH", "/plugins/calc", { grants: { [long]: true } }],
  ["PATCH", "/plugins/calc", { grants: { clocks: { [long]: true } } }],
  ["PATCH", "/plugins/calc", { limits: { [long]: 1 } }],
  ["PATCH", "/plugins/calc", { env: { [long]: 1 } }],
  ["POST", "/plugins/calc/rollback", { to: long }],
  ["POST", "/plugins/calc/rollback", { [long]: 1 }],
  ["POST", "/tokens", { scopes: [long] }],
  ["POST", "/tokens", { scopes: ["read"], plugins: [long] }],
  ["POST", "/tokens", { [long]: ["read"] }],
  ["POST", "/call/calc/add", [long, 1]],
  ["POST", "/call/calc/add", { [long]: 1 }],
  ["POST", "/call/calc/echo", { text: { [long]: 1 } }],
])("%s %s", async (method, path, body) => {
  const answer = await host.send(method, path, { body: JSON.stringify(body), headers });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.text.length).toBeLessThan(20_000);
  expect(answer.json.detail).toMatch(/x{30}/);
});

it.each(["settings", "checks"])("in the field %s of an upload", async (field) => {
  const texts: Record<string, string> = {
    settings: JSON.stringify({ mode: long }),
    checks: JSON.stringify({ calls: [{ call: long }] }),
  };
  const form = new FormData();
  form.set("plugin", new Blob([sample() as Uint8Array<ArrayBuffer>]));
  form.set(field, texts[field]!);
  const answer = await host.send("PUT", "/plugins/other", { body: form });
  expect(answer.status).toBeLessThan(500);
  expect(answer.text.length).toBeLessThan(30_000);
});

it("are short in what is kept of refusals too", async () => {
  const refusals = async () => (await host.store.events()).filter(({ kind }) => kind === "refused");
  await until(async () => (await refusals()).length > 0);
  for (const event of await refusals()) expect(JSON.stringify(event).length).toBeLessThan(12_000);
});
