/** Calls that ended their cell, as whoever looks after a plugin is told of them. */
import { describe, expect, it } from "vitest";
import { pluginBounds } from "../../../host/bounds/cell-bounds.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";

const { host, start } = hostsOfTests();
const traps = async () => (await host.send("GET", "/plugins/calc/traps")).json.traps;

describe("GET /plugins/{name}/traps", () => {
  it("tells the newest first, and no more than are remembered", async () => {
    await start();
    await host.put("calc", sample());
    expect(await traps()).toEqual([]);
    const { json } = await host.call("calc/boom", []);
    const [trap] = await traps();
    expect(trap).toMatchObject({ function: "boom", code: "trap", detail: json.detail });
    expect(Date.parse(trap.at)).not.toBeNaN();
    expect((await host.send("GET", "/plugins")).json.plugins[0].lastTrap).toBe(trap.at);
    for (let i = 0; i < pluginBounds.traps.value + 2; i++) await host.call("calc/boom", []);
    const all = await traps();
    expect(all).toHaveLength(pluginBounds.traps.value);
    expect(all.map(({ at }: { at: string }) => at)).toEqual(
      all
        .map(({ at }: { at: string }) => at)
        .toSorted()
        .toReversed(),
    );
  });

  it("leaves out what ends no cell, and forgets a plugin that was removed", async () => {
    await start();
    await host.put("calc", sample());
    await host.call("calc/divide", [1, 0]);
    await host.call("calc/add", ["no number", 1]);
    expect(await traps()).toEqual([]);
    await host.call("calc/boom", []);
    await host.send("DELETE", "/plugins/calc");
    expect((await host.send("GET", "/plugins/calc/traps")).json.code).toBe("plugin-not-found");
    await host.put("calc", sample());
    expect(await traps()).toEqual([]);
  });

  it("needs a token, on loopback too: what a plugin says is in them", async () => {
    await start();
    await host.put("calc", sample());
    const { status, json } = await host.send("GET", "/plugins/calc/traps", { anonymous: true });
    expect([status, json.code]).toEqual([401, "unauthorized"]);
  });
});
