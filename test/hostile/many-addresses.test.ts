/** Clients with more addresses than the host keeps apart, who want more of a plugin than its rate. */
import { expect, it } from "vitest";
import { createAccess } from "../../host/access/access.ts";
import { rateBounds } from "../../host/bounds/http-bounds.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";

const host = await hostOfFile({ trustProxy: true });
const rate = { requests: 5, seconds: 86_400 } as const;

/** Requests of an address that are let in. */
async function letIn(address: string, count: number): Promise<number> {
  let served = 0;
  for (let i = 0; i < count; i++) {
    const { status } = await host.send("GET", "/call/live/version", {
      anonymous: true,
      headers: { "x-forwarded-for": address },
    });
    if (status === 200) served++;
  }
  return served;
}

it("gain nothing by many addresses, whether they are kept or not", async () => {
  await host.registry.deploy("live", sample(), { settings: { rate } });
  expect(await letIn("198.51.100.1", 8)).toBe(5);
  // Over HTTP a few of them; the rest on the same path inside, in a host of its own.
  for (let i = 0; i < 200; i++) await letIn(`2001:db8:${i.toString(16)}::1`, 1);
  expect(await letIn("198.51.100.1", 3)).toBe(0);
  expect(host.faults).toEqual([]);
});

it("make the host keep no more than it has room for, and get no second bucket by it", () => {
  const held = { rate: { ...rate, burst: 5, per: "address" as const } };
  const access = createAccess({
    address: "0.0.0.0",
    admissionOf: () => held,
    addressOf: (headers) => headers.get("x-forwarded-for") ?? undefined,
  });
  const asks = (address: string) => {
    const headers = new Headers({ "x-forwarded-for": address });
    try {
      access.count(access.check("call", headers, "live"), headers, "live");
      return true;
    } catch {
      return false;
    }
  };
  const served = (address: string, count: number) =>
    Array.from({ length: count }, () => asks(address)).filter(Boolean);
  expect(served("198.51.100.1", 8)).toHaveLength(5);
  const hex = (n: number) => n.toString(16);
  for (let i = 0; i < 3 * rateBounds.clients.value; i++) asks(`2001:db8:${hex(i >> 8)}:${hex(i & 255)}::1`);
  expect(served("198.51.100.1", 8)).toHaveLength(0);
  // Newcomers share what is left, and none of them has more than its own.
  for (let i = 0; i < 50; i++) expect(served(`203.0.113.${i}`, 8).length).toBeLessThanOrEqual(5);
});
