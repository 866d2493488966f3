/** Leases as every driver has to keep them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isOwn, type Lease, type Leases, leaseOnceFree, type NodeFacts } from "../../host/nodes/leases.ts";
import { until } from "../support/processes.ts";

const facts: NodeFacts = { machine: "here", pid: 1, version: "0.0.0", since: "2026-01-01T00:00:00.000Z" };

export async function owned(leases: Leases, name: string): Promise<Lease> {
  const taken = await leases.acquire(name);
  if (!isOwn(taken)) throw new Error(`${name} is ${taken.holder.id}'s.`);
  return taken;
}

/** `join`: another host among those of the test. */
export function describeLeases(
  driver: string,
  group: () => Promise<{ join(facts: NodeFacts): Promise<Leases>; end(): Promise<void> }>,
): void {
  describe(`leases ${driver}`, () => {
    let hosts: Awaited<ReturnType<typeof group>>;
    let one: Leases;
    let other: Leases;
    beforeEach(async () => {
      hosts = await group();
      one = await hosts.join({ ...facts, pid: 1 });
      other = await hosts.join({ ...facts, pid: 2 });
    });
    afterEach(async () => {
      await one.close();
      await other.close();
      await hosts.end();
    });

    it("are one host's at a time, with a token that rises for each name", async () => {
      const first = await owned(one, "a");
      expect(await owned(one, "a")).toBe(first);
      expect(await other.acquire("a")).toEqual({ name: "a", token: first.token, holder: one.self });
      await first.release();
      expect(first.lost.aborted).toBe(true);
      expect(await one.holder("a")).toBeUndefined();
      const second = await owned(other, "a");
      expect(second.token).toBeGreaterThan(first.token);
      expect(await one.holder("a")).toEqual({ name: "a", token: second.token, holder: other.self });
      // Given up already: nothing of the other's.
      await first.release();
      expect(second.lost.aborted).toBe(false);
      expect(isOwn(await one.acquire("a"))).toBe(false);
      await second.release();
      const third = await owned(one, "a");
      expect(third.token).toBeGreaterThan(second.token);
      expect(third.lost.aborted).toBe(false);
    });

    it("are many names' apart, whatever those are", async () => {
      const names = ["a", "plugin/t42-shop", "plugin/t42_shop", "Ä ö", "a.b", "schedule", "a/", "%2f"];
      for (const [i, name] of names.entries()) await owned(i % 2 ? one : other, name);
      for (const [i, name] of names.entries())
        expect(await one.holder(name)).toMatchObject({ name, holder: (i % 2 ? one : other).self });
    });

    it("are given to one of those who ask at once", async () => {
      for (let round = 0; round < 20; round++) {
        const taken = await Promise.all(
          [one, other, one, other].map((leases) => leases.acquire(`r${round}`)),
        );
        const ids = taken.map((each, i) => (isOwn(each) ? (i % 2 ? other : one).self.id : each.holder.id));
        expect(new Set(ids).size).toBe(1);
      }
    });

    it("are free when their host leaves, and lost to it; who waits gets them", async () => {
      const lease = await owned(one, "a");
      await owned(one, "b");
      const ending = new AbortController();
      const waited = leaseOnceFree(other, "a", ending.signal);
      const never = leaseOnceFree(one, "a", AbortSignal.abort());
      expect(await never).toBeUndefined();
      await one.close();
      expect(lease.lost.aborted).toBe(true);
      expect((await waited)!.token).toBeGreaterThan(lease.token);
      expect(await other.holder("b")).toBeUndefined();
      await expect(one.acquire("a")).rejects.toMatchObject({ code: "closed" });
      await expect(one.nodes()).rejects.toMatchObject({ code: "closed" });
    });

    it("tell who else there is, where they listen and how they stand", async () => {
      expect(await other.nodes()).toEqual([one.self, other.self]);
      expect(one.self.id).not.toBe(other.self.id);
      await one.listensAt("http://127.0.0.1:1234");
      await until(async () => (await other.nodes())[0]?.address === "http://127.0.0.1:1234");
      const standing = { followed: 7, behind: [{ plugin: "p", revision: 3, code: "fault" }] } as const;
      await one.stands(standing);
      await until(async () => (await other.nodes())[0]?.standing?.followed === 7);
      expect((await other.nodes())[0]).toMatchObject({ address: "http://127.0.0.1:1234", standing });
      await owned(one, "a");
      expect(await other.acquire("a")).toMatchObject({
        holder: { address: "http://127.0.0.1:1234", pid: 1 },
      });
      const left = one.self.id;
      expect(await other.lives(left)).toBe(true);
      expect(await other.lives("nobody")).toBe(false);
      await one.close();
      expect(await other.nodes()).toEqual([other.self]);
      expect(await other.lives(left)).toBe(false);
      expect(await other.lives(other.self.id)).toBe(true);
    });
  });
}
