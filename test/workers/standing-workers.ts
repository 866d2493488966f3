/** Process that has two workers: the one of the number in argv[3] never ends when it is told to. It reloads them where argv[2] says so, and ends. */
import cluster from "node:cluster";
import { workerSlot } from "../../host/cli/server/worker-slot.ts";
import { Workers } from "../../host/cli/server/workers.ts";

const [, , deed, number] = process.argv;
const slot = workerSlot();
if (slot) {
  process.on("message", (order) => {
    if ((order === "stop" || order === "leave") && slot.slot + 1 !== Number(number)) process.exit(0);
  });
  process.send!({ ready: { lines: [], told: {}, urls: ["http://127.0.0.1:9"] } });
} else {
  const workers = new Workers(2, (line) => console.log(line), 500);
  await workers.begin();
  if (deed === "reload") await workers.replaceAll();
  await workers.stop();
  console.log(`ended, and ${Object.keys(cluster.workers!).length} are left`);
}
