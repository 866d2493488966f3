/**
 * Plugins that serve HTTP, inline and in a process, under requests that are damaged anywhere, and with handlers whose answers
 * are: nothing but well-formed answers and typed errors that blame who is to blame, and nothing is kept.
 */
import { Agent, request as ask, type ClientRequest } from "node:http";
import { connect } from "node:net";
import { handlerGuest } from "../../../test/drive/handler-guest.ts";
import { removeTemporaryFolders } from "../../../test/support/plugin-build.ts";
import { mutateBytes } from "../damage/mutate-bytes.ts";
import { generator } from "../support/random.ts";
import { scriptedHandler, scripts } from "../support/scripted-handler.ts";
import { startServer } from "../support/server.ts";
import { Tally, type TallyReport } from "../support/tally.ts";

export interface HttpReport extends TallyReport {
  readonly requests: number;
  readonly responses: number;
  /** Answers of scripted handlers that were cut off. */
  readonly cut: number;
  /** Bytes on the host's account, calls in flight and sockets beyond those at the beginning. */
  readonly left: { readonly account: number; readonly inFlight: number; readonly sockets: number };
  /** What a valid request was answered afterwards, by placement. */
  readonly afterwards: readonly string[];
}

const placements = ["inline", "process"] as const;
const modes = { inline: "fresh", process: "shared" } as const;
const clients = 8;
/** Milliseconds after which an exchange hangs. */
const patience = 120_000;
/** Codes of 5xx for which the plugin or the request is to blame. */
const blamed = new Set(
  "trap timeout no-response handler-error bad-response result-too-large exited upgrade-not-supported out-of-fuel".split(
    " ",
  ),
);

type Random = (below: number) => number;

/** `count` requests, and a fifth as many answers. */
export async function soakHttp(count: number, seed = 1): Promise<HttpReport> {
  await using server = await startServer();
  const { host } = server;
  const [site, scripted] = [await handlerGuest(), await scriptedHandler()];
  await removeTemporaryFolders();
  for (const placement of placements) {
    const settings = {
      placement,
      mode: modes[placement],
      grants: { clocks: true },
      limits: { time: 20_000 },
    };
    await host.registry.deploy(`site-${placement}`, site, { settings });
    const limits = { time: 1_000, streamTime: 2_000 };
    await host.registry.deploy(`scripted-${placement}`, scripted, { settings: { ...settings, limits } });
  }
  const random = generator(seed);
  const tally = new Tally();
  const hello = (placement: string) => server.ask("GET", `/http/site-${placement}/hello`);
  for (const placement of placements) await hello(placement);
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  const names = placements.flatMap((placement) => [`site-${placement}`, `scripted-${placement}`]);
  const inFlight = () => names.reduce((sum, name) => sum + host.registry.details(name).counters.inFlight, 0);
  const before = { account: host.heap.inUse, sockets: sockets() };
  const asker = new RawAsker(Number(new URL(server.url).port), tally);
  const checker = new AnswerChecker(server.url, tally);
  for (let i = 0; i < 2; i++) {
    await tally.part(count / 2, () => inTurns(count / 2, () => asker.ask(random)));
    await tally.part(count / 10, () => inTurns(count / 10, () => checker.check(random)));
  }
  checker.close();
  const left = () => ({
    account: Math.max(0, host.heap.inUse - before.account),
    inFlight: inFlight(),
    sockets: Math.max(0, sockets() - before.sockets),
  });
  for (let tries = 0; tries < 600 && Object.values(left()).some((value) => value > 0); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  // Before the requests below are on their way.
  const kept = left();
  for (const fault of server.faults) tally.fail(String(fault));
  const afterwards: string[] = [];
  for (const placement of placements) {
    const { status, text } = await hello(placement);
    afterwards.push(`${status} ${text}`);
  }
  const { responses } = asker;
  return { requests: count, responses, cut: checker.cut, left: kept, ...tally.report(), afterwards };
}

async function inTurns(count: number, run: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: clients }, worker));
}

const word = (text: string) => Buffer.from(text, "latin1");

const requestWords = [
  ...[
    "\r\n",
    "\n",
    "\r\n\r\n",
    "0\r\n\r\n",
    "\0",
    " ",
    ":",
    "\t",
    "HTTP/1.0",
    "HTTP/2.0",
    "%2e%2e/",
    "//",
    "?",
  ],
  ...["Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n", "Content-Length: 99999999999999999999\r\n"],
  ...["Expect: 100-continue\r\n", "Connection: close\r\n", "Connection: upgrade\r\nUpgrade: websocket\r\n"],
  ...[
    "TE: trailers\r\n",
    "Host: localhost\r\n",
    "Host: evil\r\n",
    "Cookie: hotcell.site-inline.a=1; b=2\r\n",
  ],
  ...[
    "ffffffff\r\n",
    "-1",
    ";x=y",
    "\xff",
    "\x80\x00",
    "CONNECT ",
    "HEAD ",
    "X-Long: ".concat("x".repeat(20_000)),
  ],
  ...[
    "Forwarded: for=evil\r\n",
    "Authorization: Bearer a\r\n",
    "GET /http/site-inline/hello HTTP/1.1\r\n\r\n",
  ],
].map(word);

function requestsOf(name: string): string[] {
  const start = (line: string, ...fields: string[]) =>
    `${[`${line} HTTP/1.1`, "Host: localhost", ...fields].join("\r\n")}\r\n\r\n`;
  const at = (path: string) => `/http/${name}${path}`;
  const chunks = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n";
  return [
    start(`GET ${at("/hello")}`),
    start(`HEAD ${at("/hello?a=b")}`, "Accept: */*"),
    start(`GET ${at("/request")}`, "X-One: a", "Cookie: a=b", "User-Agent: soak"),
    `${start(`POST ${at("/echo")}`, "Content-Length: 11")}hello world`,
    `${start(`POST ${at("/polled-echo")}`, "Transfer-Encoding: chunked")}${chunks}\r\n`,
    `${start(`POST ${at("/echo")}`, "Transfer-Encoding: chunked", "TE: trailers")}${chunks}X-Sum: 1\r\n\r\n`,
    `${start(`PUT ${at("/spliced")}`, "Expect: 100-continue", "Content-Length: 3")}abc`,
    `${start(`POST ${at("/early")}`, "Content-Length: 4")}abcd`,
    start(`GET ${at("/bytes?200000")}`, "Connection: close"),
    start(`GET http://localhost${at("/fields")}`),
    start(`OPTIONS ${at("/")}`, "Origin: http://other"),
    start(`GET ${at("/informed")}`),
    start(`GET ${at("/empty-of?5")}`),
    start(`GET /http/${name}`),
  ];
}

/** Sends damaged requests on connections of their own, several at a time, and counts what comes. */
class RawAsker {
  readonly #port: number;
  readonly #tally: Tally;
  readonly #seeds = placements.map((placement) => requestsOf(`site-${placement}`));
  responses = 0;

  constructor(port: number, tally: Tally) {
    this.#port = port;
    this.#tally = tally;
  }

  async ask(random: Random): Promise<void> {
    const seeds = this.#seeds[random(8) === 0 ? 1 : 0]!;
    const seed = () => seeds[random(seeds.length)]!;
    // The first of those behind one another is the damaged one, or the last, so that good ones are answered too.
    const good = Array.from({ length: random(3) }, seed).map(word);
    const damaged = random(8) === 0 ? word(seed()) : mutateBytes(word(seed()), requestWords, random);
    let sent = Buffer.concat(random(3) === 0 ? [damaged, ...good] : [...good, damaged]);
    if (random(8) === 0) sent = sent.subarray(0, random(sent.length));
    const [parts, leaves] = [1 + random(3), random(8) === 0];
    const received = await this.#tally.timed(() => this.#exchange(sent, parts, leaves));
    const origin = JSON.stringify(sent.toString("latin1")).slice(0, 600);
    if (received === undefined) {
      this.#tally.fail(`no end of: ${origin}`);
      return;
    }
    for (const [, status, rest] of received.matchAll(
      /HTTP\/1\.1 (\d{3}) ([\s\S]*?)(?=HTTP\/1\.1 \d{3} |$)/g,
    )) {
      this.responses++;
      const body = Buffer.from(rest!.slice(rest!.indexOf("\r\n\r\n") + 4), "latin1");
      this.#tally.add({ status: Number(status), body }, origin, blamed);
    }
  }

  /** All that came until the connection ended; undefined where that does not. */
  #exchange(sent: Buffer, parts: number, leaves: boolean): Promise<string | undefined> {
    return new Promise((resolve) => {
      const socket = connect({ port: this.#port, host: "127.0.0.1", allowHalfOpen: true });
      let received = "";
      socket.setEncoding("latin1");
      const timer = setTimeout(() => {
        resolve(undefined);
        socket.destroy();
      }, patience);
      socket.on("data", (text: string) => {
        received += text;
      });
      socket.on("error", () => {});
      socket.on("end", () => socket.end());
      socket.on("close", () => {
        clearTimeout(timer);
        resolve(received);
      });
      const size = Math.ceil(sent.length / parts);
      const next = (at: number) => {
        if (at < sent.length) socket.write(sent.subarray(at, at + size), () => setImmediate(next, at + size));
        else if (leaves) socket.destroy();
        else socket.end();
      };
      next(0);
    });
  }
}

const scriptWords = [
  ...[
    "\r\n",
    "content-length",
    "transfer-encoding",
    "chunked",
    "connection",
    "set-cookie",
    "trailer",
    "\0",
    "\xff",
  ],
  ...[
    "\x01\x65\x00",
    "\x01\x63\x00",
    "\x01\x58\x02",
    "\x01\xc8\x00",
    "\x04\x04",
    "\x0c",
    "\x0d\x03abc",
    "\x06\xff",
  ],
  ...[
    "\x00\x01\x0econtent-length\x02-1",
    "\x00\x01\x0econtent-length\x019",
    "\x0f\xff",
    "\x02\x03",
    "\x07\x08",
    "\x0a",
  ],
  ...[
    "\x00\x01\x0bset-cookie\xff\x05a\r\nb:",
    "\x0b\x64\x00\x00",
    "\x0b\xc7\x00\x00",
    "\x00\x01\x04date\x01x",
  ],
].map(word);

/** Has handlers answer by damaged scripts; Node's parser reads what comes, strictly. */
class AnswerChecker {
  readonly #url: string;
  readonly #tally: Tally;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: clients });
  cut = 0;

  constructor(url: string, tally: Tally) {
    this.#url = url;
    this.#tally = tally;
  }

  async check(random: Random): Promise<void> {
    const seed = scripts[random(scripts.length)]!;
    const script = random(16) === 0 ? Buffer.from(seed) : mutateBytes(seed, scriptWords, random);
    const placement = placements[random(4) === 0 ? 1 : 0];
    const method = random(8) === 0 ? "PUT" : "POST";
    const origin = `${placement} ${method} ${script.toString("hex")}`;
    const sent = ask(`${this.#url}/http/scripted-${placement}/`, {
      ...{ method, agent: this.#agent, headers: { te: "trailers", "content-length": script.length } },
    });
    sent.end(script);
    try {
      const answer = await this.#tally.timed(() => received(sent));
      if (answer === "cut") this.cut++;
      else this.#tally.add(answer, origin, blamed);
    } catch (error) {
      this.#tally.fail(`${error}, after: ${origin}`);
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Rejects for what is no HTTP, and where nothing comes. */
function received(sent: ClientRequest): Promise<{ status: number; body: Buffer } | "cut"> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error("no end"));
      sent.destroy();
    }, patience);
    const failed = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === "ECONNRESET") resolve("cut");
      else reject(error);
    };
    sent.on("error", failed);
    sent.on("response", (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", failed);
      response.on("end", () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode!, body: Buffer.concat(pieces) });
      });
    });
  });
}
