/** `npm run soak -- NAME [COUNT]`: a long run by name, in full length unless a count says otherwise. */
import { soakLeak } from "./leak.ts";
import { soakMemory } from "./memory.ts";
import { soakMutations } from "./mutations.ts";
import { soakSwaps } from "./swaps.ts";

const soaks: Record<string, { count: number; run: (count: number) => Promise<object> }> = {
  swaps: { count: 200, run: soakSwaps },
  mutations: { count: 2_000, run: soakMutations },
  memory: { count: 2_000, run: soakMemory },
  leak: { count: 1_000_000, run: soakLeak },
};

const [name = "", count] = process.argv.slice(2);
const soak = soaks[name];
if (soak) {
  const start = performance.now();
  const report = await soak.run(count === undefined ? soak.count : Number(count));
  console.log(
    JSON.stringify({ ...report, seconds: Math.round((performance.now() - start) / 100) / 10 }, null, 2),
  );
  // Kept-alive connections of this process's own fetch would hold it for a while.
  process.exit();
} else {
  console.error(`usage: npm run soak -- ${Object.keys(soaks).join("|")} [COUNT]`);
  process.exitCode = 2;
}
