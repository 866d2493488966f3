import { expect, it } from "vitest";
import { HostObjects } from "../../host/capabilities/kit/host-objects.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { refusal } from "../support/thrown.ts";

/** Bytes; what is taken of the host's heap at a time, and what a cell has for nothing. */
const step = 1 << 16;

it("takes nothing of the host's heap for a few objects, and what they need for many", () => {
  const heap = new HeapAccount(1 << 20);
  const objects = new HostObjects(heap);
  for (let i = 0; i < 100; i++) objects.add();
  expect(heap.inUse).toBe(0);
  objects.keep(3 * step);
  expect(heap.inUse).toBe(3 * step);
  objects.keep(-3 * step);
  objects.release();
  expect(heap.inUse).toBe(0);
});

it("refuses what the host has no room for, and leaves others theirs", () => {
  const heap = new HeapAccount(10 * step);
  const [greedy, other] = [new HostObjects(heap), new HostObjects(heap)];
  greedy.keep(8 * step);
  other.keep(3 * step);
  const refused = refusal(() => other.keep(3 * step));
  expect(refused).toMatchObject({
    code: "no-capacity",
    facts: { subject: "host objects", limit: 10 * step, remedy: expect.any(String) },
  });
  greedy.release();
  expect(() => other.keep(3 * step)).not.toThrow();
  other.release();
  expect(heap.inUse).toBe(0);
});

it("counts objects too", () => {
  const objects = new HostObjects(new HeapAccount(100 * step));
  for (let i = 0; i < 10_000; i++) objects.add();
  expect(refusal(() => objects.add())).toMatchObject({ code: "trap", facts: { limit: 10_000 } });
});
