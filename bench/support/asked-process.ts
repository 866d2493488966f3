/** The entry of a process that answers requests of `bench -- fetch`: it tells its port, and ends with its parent. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const sizes = new Map([
  ["/small", Buffer.alloc(100, 65)],
  ["/large", Buffer.alloc(64 * 1024, 65)],
]);

process.on("disconnect", () => process.exit());
let unanswered = 0;
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const body = sizes.get(request.url!);
  if (body)
    response.writeHead(200, { "content-type": "text/plain", "content-length": body.length }).end(body);
  // Whatever else is asked for is never answered; how often that was is told.
  else process.send!(++unanswered);
}).listen(0, "127.0.0.1");
await once(server, "listening");
process.send!((server.address() as AddressInfo).port);
