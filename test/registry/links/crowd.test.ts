/** A crowd at one link: a thousand callers at once, who all have their answer, and others meanwhile have theirs. */
import { afterAll, afterEach, expect, it } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import { checkout, tax } from "../../guests/linked-plugins.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { until } from "../../support/processes.ts";

const components = { tax: await tax(), checkout: await checkout() };
afterAll(removeTemporaryFolders);

let host: Host;
afterEach(() => host.close());

const links = { plugins: { "acme:tax/rates": "tax" } };
const [warm, callers] = [32, 1_000];

it.each([
  ["inline", "inline"],
  ["inline", "process"],
  ["process", "inline"],
] as const)(
  "fails no call of a caller %s, its callee %s, keeps nothing, and lets others come in between",
  async (placement, callee) => {
    host = await createHost();
    await host.registry.deploy("tax", components.tax, { settings: { placement: callee } });
    const settings = { placement, mode: "fresh", grants: links } as const;
    await host.registry.deploy("checkout", components.checkout, { settings });
    const echo = (text: string) => host.registry.callJson("checkout", "echo", [text]);
    // As many cells as there will be, which stay for the next calls.
    await Promise.all(Array.from({ length: warm }, () => echo("warm")));
    const before = host.heap.inUse;
    let done = 0;
    const crowd = Array.from({ length: callers }, async (_, i) => {
      const said = await echo(`caller ${i}`);
      done++;
      return said === `caller ${i}`;
    });
    // Whoever comes to the callee by another way stands behind those that are there, and not behind all who will come. How many
    // are there hangs on how frames of processes fall into turns.
    expect(await host.registry.callJson("tax", "rates/echo", ["hello"])).toBe("hello");
    const behind = done;
    const answers = await Promise.all(crowd);
    expect(answers.filter((right) => !right)).toEqual([]);
    expect(behind).toBeLessThan(callers);
    const { calls, traps, limits, inFlight, reach } = host.registry.details("checkout").counters;
    expect({ calls, traps, limits, inFlight }).toEqual({
      calls: callers + warm,
      traps: 0,
      limits: {},
      inFlight: 0,
    });
    expect(reach).toEqual({ plugins: { "tax.calls": callers + warm } });
    expect(host.registry.details("tax").counters.inFlight).toBe(0);
    await until(() => host.heap.inUse <= before);
  },
);
