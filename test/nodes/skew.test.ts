/** Two hosts on one folder of which one is a newer Hotcell, which stores what the other does not know. */
import { expect, it } from "vitest";
import type { Host } from "../../host/host.ts";
import { openStore } from "../../host/store/open-store.ts";
import { sample } from "../guests/small-plugins.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";
import { hostsOfFolder } from "./hosts-of-folder.ts";

const hosts = hostsOfFolder();

const { start } = hosts;
const versionOn = (host: Host) => host.registry.callJson("p", "version");

it.each([
  ["a setting", { settings: { mode: "fresh", canary: { share: 5 } } }, "settings.canary"],
  [
    "a member of one",
    { settings: { mode: "fresh", rollout: { time: "9s", errors: 1 } } },
    "settings.rollout.errors",
  ],
  ["a limit", { settings: { limits: { gpu: 1 } } }, "settings.limits.gpu"],
  ["a kind of check", { settings: {}, checks: { calls: [], replays: [] } }, "replays"],
])(
  "keep running what the older one has where the newer one stores %s, and never drop that",
  async (_, stored, name) => {
    const older = await start();
    await older.registry.deploy("p", sample({ version: 1 }), { settings: { mode: "fresh" } });
    expect(await versionOn(older)).toBe(1);
    // The newer one's connection to the file.
    await using newer = await openStore(hosts.data);
    await newer.commit({
      ...{
        plugin: "p",
        expected: 1,
        checks: null,
        ...stored,
        at: new Date().toISOString(),
        outcome: "swapped",
      },
      ...{ live: older.registry.details("p").version, event: { kind: "deployed", data: { canary: true } } },
    });
    await until(() => older.registry.behind === 1);
    const { behind, damaged } = older.registry.details("p");
    expect(behind).toMatchObject({
      revision: 2,
      code: "store-too-new",
      detail: expect.stringContaining(name),
    });
    expect(damaged).toMatchObject({
      code: "store-too-new",
      detail: expect.stringContaining("newer Hotcell"),
    });
    expect(await versionOn(older)).toBe(1);
    for (const change of [
      older.registry.deploy("p", sample({ version: 2 })),
      older.registry.deploy("p", sample({ version: 2 }), { settings: { mode: "shared" }, checks: null }),
      older.registry.configure("p", { limits: { queue: 7 } }),
      older.registry.rollback("p"),
    ]) {
      const { code, facts } = await refusalOf(change);
      expect([code, facts.remedy]).toEqual([
        "plugin-damaged",
        expect.stringContaining("Bring this host to the Hotcell"),
      ]);
    }
    expect(await newer.plugin("p")).toMatchObject({ revision: 2, ...stored });
    // It follows again what it knows.
    await newer.commit({
      ...{ plugin: "p", expected: 2, settings: { mode: "fresh" }, checks: null },
      ...{ at: new Date().toISOString(), outcome: "swapped" },
      ...{ live: older.registry.details("p").version, event: { kind: "deployed" } },
    });
    await until(() => older.registry.behind === 0 && older.registry.revision("p") === 3);
    expect(older.registry.details("p")).not.toHaveProperty("damaged");
  },
);
