/** A worker of another Hotcell than the process that has it, as after a reload: real processes. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { killRunning, Lines, startNode } from "../support/cli.ts";

let data: string | undefined;
afterEach(async () => {
  await killRunning();
  if (data !== undefined) await rm(data, { recursive: true });
});

it("serves by itself, says so, and tells that process nothing that it would not understand", async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-other-primary-"));
  const environment = { HOTCELL_TOKEN: "a-token-for-tests-of-workers" };
  const script = fileURLToPath(new URL("./other-primary.ts", import.meta.url));
  const primary = startNode([script, data], { environment });
  const lines = new Lines(primary);
  const told = await lines.until(/^ready /);
  expect(told).toHaveLength(1);
  expect(await lines.error(/another Hotcell/)).toContain("Until it is started anew, metrics, counters");
  const url = told[0]!.slice("ready ".length);
  const headers = { authorization: `Bearer ${environment.HOTCELL_TOKEN}` };
  const asked = await fetch(`${url}/readyz?verbose`, { headers });
  expect([asked.status, await asked.json()]).toMatchObject([200, { status: "ready" }]);
  expect((await fetch(`${url}/metrics`, { headers })).status).toBe(200);
  primary.kill("SIGTERM");
  expect(await once(primary, "exit")).toEqual([0, null]);
});
