import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isOwn } from "../../host/nodes/leases.ts";
import { LeaseTable } from "../../host/nodes/memory-leases.ts";
import { PluginClaims } from "../../host/nodes/plugin-claims.ts";
import { CellsMoved } from "../../host/placement/far/elsewhere.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { refusalOf } from "../support/thrown.ts";

const facts = { machine: "here", pid: 1, version: "0.0.0", since: "2026-01-01T00:00:00.000Z" };

it("claims whose lease is lost are nobody's: who claims anew gets another lease, or is sent to who has it", async () => {
  const table = new LeaseTable();
  await using one = table.join(facts);
  await using other = table.join(facts);
  const claims = new PluginClaims(one, new HeapAccount(), () => ({ socketPath: "/nowhere.sock" }));
  const first = await claims.claim("plugin p", "p");
  expect(claims.has("plugin p")).toBe(true);
  // As a host loses it that was cut off.
  const lease = await one.acquire("cells/plugin p");
  if (isOwn(lease)) await lease.release();
  expect(claims.has("plugin p")).toBe(false);
  const taken = await other.acquire("cells/plugin p");
  expect(isOwn(taken)).toBe(true);
  expect(await claims.isFar("plugin p")).toBe(true);
  expect((await claims.claim("plugin p", "p")).here).toBe(false);
  if (isOwn(taken)) await taken.release();
  const second = await claims.claim("plugin p", "p");
  expect(second).toMatchObject({ here: true, lost: { aborted: false } });
  // The cells of the one before end late.
  if (first.here) await first.release();
  expect(claims.has("plugin p")).toBe(true);
  expect(second).toMatchObject({ lost: { aborted: false } });
  claims.close();
});

it("claims of several plugins by one lease each come anew, whichever of them was first", async () => {
  await using leases = new LeaseTable().join(facts);
  const claims = new PluginClaims(leases, new HeapAccount(), () => undefined);
  const claim = async (plugin: string) => {
    const claimed = await claims.claim("with files", plugin);
    if (!claimed.here) throw new Error("There is no other host.");
    return claimed;
  };
  const [a, b, next] = [await claim("a"), await claim("b"), await claim("b")];
  expect([a.fresh, b.fresh, next.fresh]).toEqual([true, true, false]);
  expect(new Set([a.token, b.token, next.token]).size).toBe(1);
  await b.release();
  await next.release();
  expect(a.lost.aborted).toBe(false);
  expect((await claim("b")).fresh).toBe(true);
  claims.close();
});

it("calls that a host has begun end once another has its cells, also where it could not be reached for one meanwhile", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-claims-"));
  const socketPath = join(folder, "holder.sock");
  // Begins what it is asked, and answers nothing.
  const holder = createServer((request, response) => {
    request.resume();
    response.writeProcessing();
  });
  holder.listen(socketPath);
  await once(holder, "listening");
  const table = new LeaseTable();
  await using own = table.join(facts);
  await using cutOff = table.join(facts);
  await using next = table.join(facts);
  const held = await cutOff.acquire("cells/plugin p");
  const claims = new PluginClaims(own, new HeapAccount(), () => ({ socketPath }));
  const cells = await claims.claim("plugin p", "p");
  if (cells.here || !isOwn(held)) throw new Error("They are another host's.");
  const call = () => cells.call("f", { parameters: [] }, [], new AbortController().signal);
  const arrived = once(holder, "request");
  const begun = refusalOf(call());
  await arrived;
  holder.close();
  await expect(call()).rejects.toBeInstanceOf(CellsMoved);
  await held.release();
  await next.acquire("cells/plugin p");
  expect((await begun).code).toBe("process-died");
  claims.close();
  await rm(folder, { recursive: true });
});
