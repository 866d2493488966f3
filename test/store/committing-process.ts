/**
 * Commits to the store of the folder in argv[2] until it is killed. Writes one line for each commit, when it is
 * acknowledged: plugin, revision, digest or "removed".
 */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../../host/store/sqlite/sqlite-store.ts";
import { bytesOf, deploying, redeploying, removing } from "../support/commits.ts";

const store = await openSqliteStore({ folder: process.argv[2]! });
const seed = process.argv[3]!;

async function work(plugin: string): Promise<never> {
  let revision = (await store.plugin(plugin))?.revision ?? 0;
  let previous: Uint8Array | undefined;
  for (let i = 0; ; i++) {
    const bytes = bytesOf(`${plugin} ${seed} ${i}`, 1000 + ((i * 7919) % 40_000));
    const change =
      i % 7 === 6
        ? removing(plugin, revision)
        : previous && i % 5 === 4
          ? redeploying(plugin, revision, previous)
          : deploying(plugin, revision, bytes);
    ({ revision } = await store.commit(change));
    writeSync(1, `${plugin} ${revision} ${change.live ?? "removed"}\n`);
    previous = bytes;
    if (change.live === undefined || !change.binary) previous = undefined;
    if (i % 20 === 19) {
      await store.prune(plugin, { versions: 5, deployments: 1_000_000 });
      await store.collect();
    }
  }
}

await Promise.all(["p", "q", "r"].map(work));
