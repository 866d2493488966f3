/** `npm run soak -- NAME [COUNT]`: a long run by name, in full length unless a count says otherwise. */
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { soakAdmission } from "./runs/admission.ts";
import { soakBodies } from "./runs/bodies.ts";
import { soakCalls } from "./runs/calls.ts";
import { soakCells } from "./runs/cells.ts";
import { killHosts, killServers, soakCluster } from "./runs/cluster.ts";
import { soakConsole } from "./runs/console-open.ts";
import { soakContexts } from "./runs/contexts.ts";
import { soakHammer } from "./runs/hammer.ts";
import { soakHandoff } from "./runs/handoff.ts";
import { soakHostile } from "./runs/hostile.ts";
import { soakHttp } from "./runs/http.ts";
import { soakKill } from "./runs/kill.ts";
import { soakKeyValue } from "./runs/kv.ts";
import { soakLeak } from "./runs/leak.ts";
import { soakMemory } from "./runs/memory.ts";
import { soakMutations } from "./runs/mutations.ts";
import { soakReload } from "./runs/reload.ts";
import { soakReplaced } from "./runs/replaced.ts";
import { soakRestart } from "./runs/restart.ts";
import { soakSmallHost } from "./runs/small-host.ts";
import { soakStreamSwaps } from "./runs/stream-swaps.ts";
import { soakStreams } from "./runs/streams.ts";
import { soakSwaps } from "./runs/swaps.ts";
import { soakUploads } from "./runs/uploads.ts";
import { soakValidity } from "./runs/validity.ts";

const soaks: Record<string, { count: number; run: (count: number) => Promise<object> }> = {
  /** The count is plugins. */
  admission: { count: 1_000, run: soakAdmission },
  swaps: { count: 5_000, run: soakSwaps },
  /** The count is reloads. */
  reload: { count: 100, run: soakReload },
  replaced: { count: 10_000, run: (count) => soakReplaced(count) },
  /** The count is uploads for each placement and mode. */
  "stream-swaps": { count: 50, run: soakStreamSwaps },
  mutations: { count: 200_000, run: soakMutations },
  /** A third argument is the seed. */
  validity: { count: 200_000, run: (count) => soakValidity(count, Number(process.argv[4] ?? 1)) },
  bodies: {
    count: 1_000_000,
    run: async (count) => ({
      ...(await soakBodies(count)),
      smallHost: await soakSmallHost(Math.ceil(count / 200_000)),
    }),
  },
  /** The count is units of fuel for each call; then one ground, `inline`, `process` or `jco`, and a part of attacks' names. */
  hostile: { count: defaultLimits.fuel, run: (fuel) => soakHostile(fuel, process.argv[4], process.argv[5]) },
  /** The count is requests; a third argument is the seed. */
  http: { count: 100_000, run: (count) => soakHttp(count, Number(process.argv[4] ?? 1)) },
  calls: { count: 10_000_000, run: soakCalls },
  /** The count is seconds. */
  "cluster-hosts": { count: 60, run: (seconds) => soakCluster(killHosts(seconds)) },
  "cluster-servers": { count: 60, run: (seconds) => soakCluster(killServers(seconds)) },
  /** The count is minutes. */
  console: { count: 60, run: (minutes) => soakConsole(minutes) },
  contexts: { count: 100_000, run: (count) => soakContexts(count) },
  cells: { count: 100_000, run: soakCells },
  memory: { count: 2_000, run: soakMemory },
  leak: { count: 1_000_000, run: soakLeak },
  handoff: { count: 1_000, run: soakHandoff },
  kill: { count: 500, run: soakKill },
  /** The count is kills. */
  kv: { count: 500, run: soakKeyValue },
  /** The count is seconds. */
  hammer: { count: 60, run: soakHammer },
  /** The count is clients of each kind; a third argument names another checkout, to compare with. */
  streams: { count: 1_000, run: (clients) => soakStreams(clients, process.argv[4]) },
  /** The count is uploads of each kind. */
  uploads: { count: 400, run: (count) => soakUploads(count) },
  /** The count is plugins. */
  restart: { count: 1_000, run: soakRestart },
};

const [name = "", count] = process.argv.slice(2);
const soak = soaks[name];
if (soak) {
  const start = performance.now();
  const report = await soak.run(count === undefined ? soak.count : Number(count));
  console.log(
    JSON.stringify({ ...report, seconds: Math.round((performance.now() - start) / 100) / 10 }, null, 2),
  );
  const failed = "wrong" in report && Array.isArray(report.wrong) && report.wrong.length > 0;
  // Kept-alive connections of this process's own fetch would hold it for a while.
  process.exit(failed ? 1 : 0);
} else {
  console.error(`usage: npm run soak -- ${Object.keys(soaks).join("|")} [COUNT]`);
  process.exitCode = 2;
}
