/**
 * The entry of a process that serves long bodies for `bench -- http-bodies`: a plugin, or Node's own pipes. It tells its port, and,
 * whenever it is asked, what its last answer has been given and how many calls are under way.
 */
import { subscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { createHost, type Host } from "../../host/host.ts";
import { serve } from "../../host/server.ts";

export interface BodiesState {
  /** Bytes that whoever answers has written by now, of the last answer's connection. */
  readonly written: number;
  readonly inFlight: number;
}

const [file = "", settings = "{}"] = process.argv.slice(2);
let last: ServerResponse | undefined;
subscribe("http.server.request.start", (message) => {
  last = (message as { response: ServerResponse }).response;
});
const host = file === "" ? undefined : await createHost({ log: () => {} });
process.on("disconnect", () => process.exit());
process.on("message", () => process.send!(state(host)));
process.send!(host ? await pluginPort(host) : await pipePort());

function state(host: Host | undefined): BodiesState {
  const written = (last?.socket?.bytesWritten ?? 0) + (last?.writableLength ?? 0);
  return { written, inFlight: host?.registry.details("bodies").counters.inFlight ?? 0 };
}

async function pluginPort(host: Host): Promise<number> {
  await host.registry.deploy("bodies", await readFile(file), { settings: JSON.parse(settings) });
  return (await serve(host, { host: "127.0.0.1", port: 0 })).port;
}

async function pipePort(): Promise<number> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, "http://localhost");
    if (url.pathname.endsWith("/echo")) request.pipe(response);
    else if (url.pathname.endsWith("/sink")) {
      let bytes = 0;
      request.on("data", (piece: Buffer) => {
        bytes += piece.length;
      });
      request.on("end", () => response.end(`${bytes}`));
    } else Readable.from(pieces(Number(url.searchParams.get("bytes")))).pipe(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function* pieces(bytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(65_536, 7);
  for (let left = bytes; left > 0; left -= piece.length) yield piece.subarray(0, left);
}
