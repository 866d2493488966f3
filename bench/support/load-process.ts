/**
 * The entry of the process that loads a server: `connections` kept-alive ones, each with one request at a time, sent
 * and counted with as little work as can be. The parent asks for so many requests to a path; this answers when done.
 */
import { connect, type Socket } from "node:net";

export interface Job {
  readonly port: number;
  readonly path: string;
  /** Body of a POST in JSON; without one it is a GET. */
  readonly body?: string;
  readonly requests: number;
  readonly connections: number;
}

export interface Done {
  /** Of the first answer. */
  readonly status: string;
  readonly seconds: number;
  /** Nanoseconds from a request to all of its answer: of half of them at most, and of all but one in a hundred. */
  readonly p50: number;
  readonly p99: number;
  /** Answers whose first line was another. */
  readonly strange: number;
}

process.on("disconnect", () => process.exit());
process.on("message", async (job: Job) => process.send?.(await load(job)));

async function load({ port, path, body = "", requests, connections }: Job): Promise<Done> {
  const content = ["content-type: application/json", `content-length: ${Buffer.byteLength(body)}`];
  const head = [
    `${body === "" ? "GET" : "POST"} ${path} HTTP/1.1`,
    `host: localhost:${port}`,
    ...(body === "" ? [] : content),
  ];
  const request = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
  let [left, answered, strange] = [requests, 0, 0];
  let status: string | undefined;
  const sockets: Socket[] = [];
  const times = new Float64Array(requests);
  const start = performance.now();
  await new Promise<void>((resolve, reject) => {
    for (let i = 0; i < connections; i++) {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      sockets.push(socket);
      let pending = "";
      let sent = 0;
      const send = () => {
        if (left-- <= 0) return;
        sent = performance.now();
        socket.write(request);
      };
      socket.once("connect", send);
      socket.once("error", reject);
      socket.on("data", (data) => {
        pending += (data as Buffer).toString("latin1");
        const end = pending.indexOf("\r\n\r\n");
        if (end < 0) return;
        const length = Number(/content-length: (\d+)/i.exec(pending)?.[1]);
        if (pending.length < end + 4 + length) return;
        const line = pending.slice(0, pending.indexOf("\r\n"));
        status ??= line;
        if (line !== status) strange++;
        pending = "";
        times[answered] = (performance.now() - sent) * 1e6;
        if (++answered === requests) resolve();
        else send();
      });
    }
  });
  const seconds = (performance.now() - start) / 1000;
  for (const socket of sockets) socket.destroy();
  times.sort();
  const quantile = (part: number) => times[Math.floor((requests - 1) * part)]!;
  return { status: status ?? "", seconds, strange, p50: quantile(0.5), p99: quantile(0.99) };
}
