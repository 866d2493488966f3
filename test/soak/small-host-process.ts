/** A host as a process of its own, for `small-host.ts`: says where it listens, and, when asked, what memory it uses. */
import { taker } from "../hostile/bodies.ts";
import { sample } from "../http/components.ts";
import { memoryInUse } from "./collect.ts";
import { startServer } from "./server.ts";

const server = await startServer();
await server.upload("taker", taker());
await server.upload("calc", sample());
process.on("message", async () =>
  process.send?.({ memory: await memoryInUse(), heap: server.host.heap.inUse }),
);
process.send?.({ url: server.url });
