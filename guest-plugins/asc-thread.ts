/**
 * Thread that builds one plugin after the other: starting asc costs more than most builds, and its code is fast by the second.
 * Gets the arguments of one command, and answers with what was printed where that failed.
 */
import { parentPort } from "node:worker_threads";
import asc from "assemblyscript/asc";

parentPort!.on("message", async (args: string[]) => {
  let output = "";
  const stream = {
    write(chunk: string | Uint8Array) {
      output += chunk;
    },
  };
  const { error } = await asc.main(args, { stdout: stream, stderr: stream });
  parentPort!.postMessage(error ? output || error.message : undefined);
});
