import { deepStrictEqual } from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "../../../host/host.ts";

/** Throws unless the component finds its files as POSIX has them, in each mode and placement, kept in memory or on the disk. */
export async function checkFiles(component: string): Promise<string> {
  const bytes = new Uint8Array(await readFile(component));
  const times: string[] = [];
  for (const kept of ["memory", "disk"]) {
    for (const placement of ["inline", "process"] as const) {
      const data = kept === "disk" ? await mkdtemp(join(tmpdir(), "hotcell-files-")) : undefined;
      const host = await createHost({ log: () => {}, ...(data !== undefined && { data }) });
      try {
        const grants = {
          files: { mounts: [{ at: "/data" }, { at: "/other/place" }] },
          clocks: true,
          random: true,
        };
        const settings = {
          placement,
          grants: { ...grants, logging: true },
          limits: { time: 30_000, fuel: 3e10 },
        };
        await host.registry.deploy("files", bytes, { settings });
        const work = await host.registry.callable("files", "work");
        for (const directory of ["/data", "/other/place"]) {
          const began = performance.now();
          deepStrictEqual(await work.call([directory]), "");
          times.push(`${kept} ${placement} ${Math.round(performance.now() - began)} ms`);
        }
      } finally {
        await host.close();
        if (data !== undefined) await rm(data, { recursive: true });
      }
    }
  }
  return times.join(", ");
}
