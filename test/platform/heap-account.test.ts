import { describe, expect, it } from "vitest";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { refusal } from "../support/thrown.ts";

describe("the account of the heap", () => {
  it("refuses what does not fit, and has room again when something is given back", () => {
    const heap = new HeapAccount(100);
    heap.take(60, "a table");
    expect(heap.tryTake(41)).toBe(false);
    heap.give(60);
    expect(heap.tryTake(100)).toBe(true);
    expect(heap.left).toBe(0);
  });

  it("names the thing, the limit, what was asked and when to come again", () => {
    const heap = new HeapAccount(100);
    heap.take(60, "a table");
    const error = refusal(() => heap.take(50, "another table"));
    expect(error.code).toBe("no-capacity");
    expect(error.facts).toMatchObject({ subject: "another table", limit: 100, actual: 110, retryAfter: 1 });
    const hopeless = refusal(() => heap.take(101, "a huge table"));
    expect(hopeless.facts.retryAfter).toBeUndefined();
  });

  it("asks for room before it refuses", () => {
    const heap = new HeapAccount(100);
    heap.take(80, "what can be dropped");
    const asked: number[] = [];
    const end = heap.addReclaimer((bytes) => {
      asked.push(bytes);
      heap.give(80);
      return true;
    });
    expect(heap.tryTake(50)).toBe(true);
    expect(asked).toEqual([50]);
    end();
    expect(heap.tryTake(60)).toBe(false);
    expect(asked).toEqual([50]);
  });
});
