/** Program that `npm start` runs: the host with the example plugins deployed. */

import { report } from "./cli/report.ts";
import { announcement } from "./cli/server/announcement.ts";
import { curlLines, uploadLine } from "./cli/server/curl.ts";
import { deployExamples, findExamples } from "./cli/server/examples.ts";
import { runServer } from "./cli/server/lifetime.ts";
import { type ProgramOptions, serverOptions } from "./cli/server/server-options.ts";
import { tokenLine } from "./cli/server/token-line.ts";
import { print } from "./cli/terminal.ts";
import { HotcellError } from "./errors.ts";
import { raisePoolThreads } from "./platform/pool-threads.ts";
import { stackDepth } from "./platform/stack-depth.ts";
import { type RunningServer, startServer } from "./server.ts";

Error.stackTraceLimit = stackDepth;
raisePoolThreads();

async function startWithExamples(options: ProgramOptions, signal: AbortSignal): Promise<RunningServer> {
  const server = await startServer(options, signal);
  try {
    const examples = await findExamples();
    const missing = await deployExamples(server.host, examples);
    server.markReady();
    print("");
    for (const line of announcement(server)) print(line);
    print(tokenLine(server.admin));
    for (const { example, refusal } of missing) {
      const reason = refusal ?? `It was removed. To bring it back:\n  ${uploadLine(server, example)}`;
      print(`Not deployed: the example ${example.plugin}. ${reason}`);
    }
    print("\nTry, in another terminal:");
    const there = examples.filter(({ plugin }) => !missing.some(({ example }) => example.plugin === plugin));
    for (const { title, line } of curlLines(server, there)) print(`\n# ${title}\n${line}`);
    print("\nCtrl-C stops it.");
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

try {
  const options = serverOptions(process.env);
  if (options.workers !== undefined)
    throw new HotcellError("bad-settings", "HOTCELL_WORKERS is set, and npm start is one process.", {
      subject: "HOTCELL_WORKERS",
      remedy: "Unset it, or run: npx hotcell serve",
    });
  await runServer((signal) => startWithExamples(options, signal), { traces: options.traces });
} catch (error) {
  report(error);
  process.exitCode = 1;
}
