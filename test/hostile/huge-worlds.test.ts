/** Descriptions of plugins whose worlds and docs are as large as they may be: bounded, paid for, and made in between other work. */
import { describe, expect, it } from "vitest";
import { describeBounds } from "../../host/bounds/describe-bounds.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";
import { hugeWorld } from "./huge-world.ts";

const huge = hugeWorld();
const heap = new HeapAccount(256 * 2 ** 20);
const host = await hostOfFile({ heap });
await host.registry.deploy("calc", sample());
for (let i = 0; i < 12; i++) await host.registry.deploy(`huge-${i}`, huge);
const atRest = heap.inUse;

describe.each(["/openapi.json", "/docs"])("GET %s of plugins with huge worlds", (path) => {
  it("has a bound, and says what it leaves out", async () => {
    const { status, text } = await host.send("GET", path);
    expect(status).toBe(200);
    expect(text.length).toBeLessThan(3 * describeBounds.documentSchemas.value);
    expect(text).toMatch(/[1-9]\d? more plugins and contracts are left out/);
    expect(text).toContain("500 more");
  });

  it("lets calls of others through while it is made", async () => {
    // What is kept of descriptions makes room, so that they are made anew.
    heap.take(heap.limit - atRest, "a test");
    heap.give(heap.limit - atRest);
    let made = false;
    const described = host.send("GET", path).then(() => {
      made = true;
    });
    let meanwhile = 0;
    for (; !made; meanwhile++) expect((await host.call("calc/add", [1, 2])).text).toBe("3");
    await described;
    // The last one may have been answered after it.
    expect(meanwhile).toBeGreaterThan(1);
  });

  it("is refused where the host has no memory left for it, which is all given back", async () => {
    // Descriptions that are kept make room first.
    const most = heap.limit - atRest - 2 ** 20;
    heap.take(most, "a test");
    expect(heap.left).toBeLessThanOrEqual(2 ** 20);
    const refused = await host.send("GET", path);
    heap.give(most);
    expect([refused.status, refused.json.code]).toEqual([503, "no-capacity"]);
    expect((await host.send("GET", `${path}?plugin=calc`)).status).toBe(200);
    heap.take(heap.limit - atRest, "a test");
    heap.give(heap.limit - atRest);
    expect(heap.inUse).toBe(atRest);
  });
});
