/** What `npm start` runs: the host with the example plugins deployed. */

import { announcement } from "./cli/announcement.ts";
import { curlLines } from "./cli/curl.ts";
import { deployExamples, findExamples } from "./cli/examples.ts";
import { runServer } from "./cli/lifetime.ts";
import { serverOptions } from "./cli/options.ts";
import { report } from "./cli/report.ts";
import { type RunningServer, startServer } from "./cli/start-server.ts";

async function startWithExamples(signal: AbortSignal): Promise<RunningServer> {
  const server = await startServer(serverOptions(process.env), signal);
  try {
    const examples = await findExamples();
    const foreign = await deployExamples(server.host.registry, examples);
    server.markReady();
    const { admin } = server;
    console.log("");
    for (const line of announcement(server)) console.log(line);
    console.log(
      `Admin token: ${admin.file ? `${admin.token} (kept in ${admin.file})` : "the one in HOTCELL_TOKEN"}`,
    );
    for (const { plugin, reason } of foreign) console.log(`Not deployed: the example ${plugin}. ${reason}`);
    console.log("\nTry, in another terminal:");
    for (const { title, line } of curlLines(server, examples)) console.log(`\n# ${title}\n${line}`);
    console.log("\nCtrl-C stops it.");
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

try {
  await runServer(startWithExamples);
} catch (error) {
  report(error);
  process.exitCode = 1;
}
