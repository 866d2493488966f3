/**
 * A server as a process of its own that tells, when it is asked, what memory it uses after a collection. Arguments: a
 * checkout, and a data folder.
 */
import { pathToFileURL } from "node:url";
import type { startServer } from "../../../host/server.ts";
import { memoryInUse } from "./collect.ts";

const [checkout = "", data = "", token = ""] = process.argv.slice(2);
const module = (await import(pathToFileURL(`${checkout}/host/server.ts`).href)) as {
  startServer: typeof startServer;
};
const server = await module.startServer({
  ...{ host: "127.0.0.1", port: 0, data, token, allowedHosts: [], privateCalls: false, keepVersions: 20 },
  ...{ waitForData: 0, cors: [], trustProxy: false, ceilings: {} },
});
server.markReady();
process.on("message", async () => {
  process.send?.({ ...(await memoryInUse()), account: server.host.heap?.inUse });
});
// What plugins log would be as much again here.
process.stderr.write = () => true;
process.send?.({ url: server.url });
