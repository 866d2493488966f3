import { IncomingRequest, ResponseOutparam } from "wasi:http/types@0.2.0";
import { Request, Response, utf8 } from "./http";

/** One request, and the way to its response. */
class Exchange {
  constructor(
    readonly request: Request,
    /** What stood in place of the pattern's `*`, decoded. */
    readonly wildcard: string,
    private out: ResponseOutparam,
  ) {}

  begin(status: u16, type: string): Response {
    const headers = new Map<string, string>();
    headers.set("content-type", type);
    return Response.begin(this.out, status, headers);
  }

  answer(status: u16, type: string, body: Uint8Array): void {
    const response = this.begin(status, type);
    response.write(body);
    response.end();
  }

  text(status: u16, text: string): void {
    this.answer(status, "text/plain; charset=utf-8", utf8(text));
  }
}

class Route {
  constructor(
    readonly method: string,
    /** A path, whose end may be `*`. */
    readonly pattern: string,
    readonly run: (exchange: Exchange) => void,
  ) {}

  matches(path: string): bool {
    return this.isOpen ? path.startsWith(this.prefix) : path == this.pattern;
  }

  wildcard(path: string): string {
    return this.isOpen ? decodeURIComponent(path.substring(this.prefix.length)) : "";
  }

  private get isOpen(): bool {
    return this.pattern.endsWith("*");
  }

  private get prefix(): string {
    return this.pattern.substring(0, this.pattern.length - 1);
  }
}

const routes: Route[] = [];

function on(method: string, pattern: string, run: (exchange: Exchange) => void): void {
  routes.push(new Route(method, pattern, run));
}

on("GET", "/", index);
on("GET", "/hello/*", hello);
on("POST", "/echo", echo);
on("POST", "/words", countWords);
on("GET", "/countdown", countDown);

function index(exchange: Exchange): void {
  exchange.text(200, routes.map<string>((route) => `${route.method} ${route.pattern}\n`).join(""));
}

function hello(exchange: Exchange): void {
  exchange.text(200, `Hello, ${exchange.wildcard}!`);
}

function echo(exchange: Exchange): void {
  const body = exchange.request.bytes();
  if (!body) return brokenOff(exchange);
  const type = exchange.request.header("content-type");
  exchange.answer(200, type ? type : "application/octet-stream", body);
}

function countWords(exchange: Exchange): void {
  const body = exchange.request.bytes();
  if (!body) return brokenOff(exchange);
  const text = String.UTF8.decode(body.buffer);
  const words = text.split(" ").filter((word) => word.length > 0).length;
  exchange.answer(200, "application/json", utf8(`{"words":${words},"units":${text.length}}`));
}

function brokenOff(exchange: Exchange): void {
  exchange.text(400, "The request's body broke off.");
}

/** Sent line by line: the reader has the first before the last is written. */
function countDown(exchange: Exchange): void {
  const asked = exchange.request.parameter("from");
  const start = asked ? <i32>parseInt(asked) : 10;
  if (start < 1 || start > 1000) return exchange.text(400, "from: a number from 1 to 1000");
  const response = exchange.begin(200, "text/plain; charset=utf-8");
  for (let i = start; i > 0; i--) {
    if (!response.write(utf8(`${i}\n`))) break;
  }
  response.end();
}

/** `wasi:http/incoming-handler`: what the host calls for each request. */
export function handle(incoming: IncomingRequest, out: ResponseOutparam): void {
  const request = new Request(incoming);
  let known = false;
  for (let i = 0; i < routes.length; i++) {
    const route = routes[i];
    if (!route.matches(request.path)) continue;
    known = true;
    if (route.method != request.method) continue;
    route.run(new Exchange(request, route.wildcard(request.path), out));
    request.drop();
    return;
  }
  new Exchange(request, "", out).text(known ? 405 : 404, known ? "Not by this method." : "Nothing is here.");
  request.drop();
}
