/** Process that has one worker on the data folder of argv[2], and is another Hotcell than that: its messages have another number. */
import cluster from "node:cluster";
import { fileURLToPath } from "node:url";

const [, , data] = process.argv;
const exec = fileURLToPath(new URL("../../host/cli/hotcell.mjs", import.meta.url));
const args = ["serve", "--port", "0", "--data", data!, "--workers", "2"];
cluster.setupPrimary({ exec, args, serialization: "advanced" });
const worker = cluster.fork({ HOTCELL_WORKER_SLOT: "0", HOTCELL_WORKER_PROTOCOL: "99" });
worker.on("message", (message: { ready?: { urls: string[] }; desk?: string }) => {
  if (message.desk !== undefined) process.stdout.write(`desk ${message.desk}\n`);
  if (message.ready) process.stdout.write(`ready ${message.ready.urls[0]}\n`);
});
process.on("SIGTERM", () => worker.send("stop"));
worker.on("exit", (code) => process.exit(code));
