/**
 * Process that has two workers: the one of the number in argv[3] never ends when it is told to, or never gets to serve in the place of another.
 * It reloads them where argv[2] says so, and ends.
 */
import cluster from "node:cluster";
import { workerSlot } from "../../host/cli/server/worker-slot.ts";
import { Workers } from "../../host/cli/server/workers.ts";

const [, , deed, number] = process.argv;
const standing = "HOTCELL_TEST_STANDING";
const slot = workerSlot();
if (slot) {
  const isChosen = slot.slot + 1 === Number(number);
  process.on("message", (order) => {
    if ((order === "stop" || order === "leave") && (deed === "begin" || !isChosen)) process.exit(0);
  });
  if (process.env[standing] === undefined || !isChosen)
    process.send!({ ready: { lines: [], told: {}, urls: ["http://127.0.0.1:9"] } });
} else {
  const workers = new Workers(2, (line) => console.log(line), { end: 500, begin: 2_000 });
  await workers.begin();
  if (deed === "reload") await workers.replaceAll();
  if (deed === "begin") {
    const [, before] = workers.pids;
    process.env[standing] = "yes";
    await workers.replaceAll().catch(({ code, message }) => console.log(`${code}: ${message}`));
    console.log(workers.pids[1] === before ? "the one before goes on" : "another serves");
    delete process.env[standing];
    await workers.replaceAll();
    console.log(workers.pids[1] === before ? "the one before goes on" : "another serves");
  }
  await workers.stop();
  console.log(`ended, and ${Object.keys(cluster.workers!).length} are left`);
}
