import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openSqliteStore } from "../../host/store/sqlite/sqlite-store.ts";

const script = fileURLToPath(new URL("./committing-process.ts", import.meta.url));

/** Starts committing, kills it after so many acknowledged commits, and gives all that it acknowledged. */
async function commitAndKill(folder: string, seed: number, after: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, folder, `${seed}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const acknowledged: string[] = [];
  // What was in the pipe when it died counts too.
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === after) child.kill("SIGKILL");
  }
  const [, signal] = await exited;
  expect(signal).toBe("SIGKILL");
  return acknowledged;
}

it("holds every acknowledged commit, and no half of another, after kill -9", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-crash-"));
  const acknowledged: string[] = [];
  for (const [round, after] of [1, 3, 20, 37, 64, 90, 5, 150].entries()) {
    acknowledged.push(...(await commitAndKill(folder, round, after)));

    await using store = await openSqliteStore({ folder });
    const events = await store.events({ limit: 1_000_000 });
    const commits = new Map<string, number>();
    for (const { plugin, revision } of events) {
      expect(revision).toBe((commits.get(plugin!) ?? 0) + 1);
      commits.set(plugin!, revision!);
    }
    const kept = new Set<string>();
    for (const plugin of await store.list()) {
      const [newest, ...older] = await store.deployments(plugin.name, { limit: 1_000_000 });
      expect(newest).toMatchObject({ revision: plugin.revision, settings: plugin.settings });
      expect(newest!.version?.digest).toBe(plugin.live?.digest);
      expect(commits.get(plugin.name)).toBe(plugin.revision);
      for (const { revision, version } of [newest!, ...older]) {
        kept.add(`${plugin.name} ${revision} ${version?.digest ?? "removed"}`);
        // Reading verifies the digest.
        if (version) expect(await store.binary(version.digest)).toHaveLength(version.size);
      }
    }
    // Older ones may have been pruned; their events have not.
    for (const line of acknowledged) {
      const [plugin, revision] = line.split(" ");
      expect(commits.get(plugin!)).toBeGreaterThanOrEqual(Number(revision));
    }
    const last = new Map(acknowledged.map((line) => [line.split(" ")[0], line]));
    for (const line of last.values()) expect(kept).toContain(line);
  }
  await rm(folder, { recursive: true });
});
