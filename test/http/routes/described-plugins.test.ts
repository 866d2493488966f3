/** Descriptions that are kept for who asks again: bounded, given up where memory is wanted, and never of another time. */
import { describe, expect, it } from "vitest";
import { describeBounds } from "../../../host/bounds/describe-bounds.ts";
import { describePlugin } from "../../../host/describe/openapi/plugin-operations.ts";
import { DescribedPlugins } from "../../../host/http/routes/described-plugins.ts";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import type { World } from "../../../host/wit/model.ts";
import { packageDocs, withSections } from "../../component/custom-sections.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const world: World = { name: "root", package: "root:component", imports: [], exports: [] };
const part = (name: string, characters: number) => ({
  ...describePlugin({ name, world, isDriven: () => false, isOpen: true, sites: [] }),
  characters,
});
const most = describeBounds.kept.value;

describe("descriptions of plugins", () => {
  it("are kept up to a bound, those that were used last", () => {
    const heap = new HeapAccount(2 ** 30);
    const kept = new DescribedPlugins(heap);
    for (const name of ["a", "b", "c"]) kept.keep(name, "1", part(name, most / 3));
    const full = heap.inUse;
    expect(kept.get("a", "1")).toBeDefined();
    kept.keep("d", "1", part("d", most / 3));
    expect(["a", "b", "c", "d"].filter((name) => kept.get(name, "1"))).toEqual(["a", "c", "d"]);
    kept.keep("huge", "1", part("huge", most + 1));
    expect(kept.get("huge", "1")).toBeUndefined();
    expect(heap.inUse).toBe(full);
  });

  it("are given up where memory is wanted, and not kept where there is none", () => {
    const heap = new HeapAccount(9_000);
    const kept = new DescribedPlugins(heap);
    kept.keep("a", "1", part("a", 1_000));
    heap.take(9_000, "a test");
    expect(kept.get("a", "1")).toBeUndefined();
    kept.keep("a", "1", part("a", 1_000));
    expect(kept.get("a", "1")).toBeUndefined();
    heap.give(9_000);
    expect(heap.inUse).toBe(0);
  });

  it("are of one time only", () => {
    const kept = new DescribedPlugins(new HeapAccount(2 ** 20));
    kept.keep("a", "1", part("a", 10));
    expect(kept.get("a", "2")).toBeUndefined();
    kept.keep("a", "2", part("a", 20));
    expect([kept.get("a", "1"), kept.get("a", "2")?.characters]).toEqual([undefined, 20]);
  });
});

describe("GET /openapi.json, asked again", async () => {
  const host = await hostOfFile();
  const described = async () => {
    const { json } = await host.send("GET", "/openapi.json?plugin=calc", { anonymous: true });
    return {
      tag: json.tags?.[0],
      paths: Object.keys(json.paths ?? {}),
      security: json.paths?.["/call/calc/add"]?.post.security,
    };
  };
  const told = (docs: string) =>
    withSections(sample(), [["package-docs", packageDocs({ worlds: { root: { docs } } })]]);

  it("tells of the version, the settings and the plugin of now", async () => {
    await host.registry.deploy("calc", told("One."));
    const first = await described();
    expect(await described()).toEqual(first);
    expect(first.tag.description).toBe("One.");
    await host.registry.deploy("calc", told("Two."));
    expect((await described()).tag.description).toBe("Two.");
    await host.registry.deploy("calc", sample({ without: ["add"] }), { allowBreaking: true });
    expect((await described()).paths).not.toContain("/call/calc/add");
    await host.registry.rollback("calc");
    expect((await described()).security).toEqual([{}, { token: ["call"] }]);
    await host.registry.configure("calc", { access: "token" });
    const { json } = await host.send("GET", "/openapi.json?plugin=calc");
    expect(json.paths["/call/calc/add"].post.security).toEqual([{ token: ["call"] }]);
    await host.registry.remove("calc");
    expect((await host.send("GET", "/openapi.json?plugin=calc")).status).toBe(404);
    await host.registry.deploy("calc", told("Three."));
    expect((await described()).tag.description).toBe("Three.");
  });
});
