/** Requests of a plugin as weapons, and servers that answer them as badly as they can: each ends by a limit, and nothing of it is left. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { memoryInUse } from "../../tools/soak/support/collect.ts";
import { witDeps } from "../guest-plugins/wit-packages.ts";
import { exampleWasm } from "../support/examples.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";
import { until } from "../support/processes.ts";

const world = `package t:armed@1.0.0;
world armed {
  import wasi:http/types@0.2.0;
  import wasi:http/outgoing-handler@0.2.0;
  export drop-for-ever: func(url: string);
  export keep-for-ever: func(url: string);
  export upload-for-ever: func(url: string) -> string;
  export ask: func(method: string, url: string, body: string) -> string;
  export many-fields: func(url: string, count: u32) -> string;
  export crowd: func(url: string, count: u32) -> u32;
}`;
const source = `
import { FetchRequest, FetchResponse, PendingResponse } from "hotcell/assembly/fetch";
export function dropForEver(url: string): void {
  while (true) new FetchRequest("GET", url).start().drop();
}
export function keepForEver(url: string): void {
  while (true) {
    const request = new FetchRequest("POST", url);
    request.stream();
  }
}
export function uploadForEver(url: string): string {
  const request = new FetchRequest("POST", url);
  const out = request.stream();
  const piece = new Uint8Array(16384);
  if (out) while (out.write(piece)) {}
  return told(request.response());
}
export function ask(method: string, url: string, body: string): string {
  const request = new FetchRequest(method, url);
  if (!body.length) return told(request.send());
  const out = request.stream();
  if (out) {
    out.write(Uint8Array.wrap(String.UTF8.encode(body)));
    if (body != "goes on") out.end();
  }
  return told(request.response());
}
export function manyFields(url: string, count: u32): string {
  const request = new FetchRequest("GET", url);
  for (let i: u32 = 0; i < count; i++) request.appendHeader("a", "b");
  return told(request.send());
}
export function crowd(url: string, count: u32): u32 {
  const all: PendingResponse[] = [];
  for (let i: u32 = 0; i < count; i++) all.push(new FetchRequest("GET", url).start());
  let refused: u32 = 0;
  for (let i = 0; i < all.length; i++) {
    const response = all[i].wait();
    if (response.error && response.error!.code == "connection-limit-reached") refused++;
    response.drop();
  }
  return refused;
}
function told(response: FetchResponse): string {
  let size = 0;
  for (let piece = response.read(); piece; piece = response.read()) size += piece.length;
  const error = response.error;
  return response.status.toString() + " " + size.toString() + (error ? " " + error.code : "");
}`;

const component = await buildComponent({
  files: { "wit/world.wit": world, "assembly/index.ts": source, ...(await witDeps("wasi:http@0.2.0")) },
});

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;
/** Servers by path: what each does with a connection once the head of a request is there. */
const upstreams: Readonly<Record<string, (socket: Socket) => void>> = {
  "/silent": () => {},
  "/well": (socket) => socket.write(`${ok}content-length: 4\r\n\r\nwell`),
  "/deaf": (socket) => void socket.pause(),
  "/endless": (socket) => flood(socket, chunked, `4000\r\n${"A".repeat(0x4000)}\r\n`),
  "/fields": (socket) => flood(socket, ok, `x: ${"y".repeat(100)}\r\n`),
  "/hints": (socket) => flood(socket, "", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
  "/trailers": (socket) => flood(socket, `${chunked}0\r\n`, `x: ${"y".repeat(100)}\r\n`),
  "/extensions": (socket) => flood(socket, chunked, `1;${"x".repeat(1000)}`),
  "/drips": (socket) => {
    socket.write(`${ok}content-length: 1000000\r\n\r\n`);
    const timer = setInterval(() => socket.write("."), 5);
    socket.once("close", () => clearInterval(timer));
  },
  "/drips-a-head": (socket) => {
    socket.write(`${ok}x: `);
    const timer = setInterval(() => socket.write("."), 5);
    socket.once("close", () => clearInterval(timer));
  },
  "/circle": (socket) => socket.write("HTTP/1.1 302 Found\r\nlocation: /circle\r\ncontent-length: 0\r\n\r\n"),
  "/twice": (socket) => socket.write(`${ok}content-length: 2\r\n\r\nok${ok}content-length: 4\r\n\r\nevil`),
};
/** Places of an answer after which a server hangs up. */
const stages = ["", "HTTP/1.1 2", ok, `${ok}content-length: 9\r\n\r\n`, `${ok}content-length: 9\r\n\r\nsome`]
  .concat([chunked, `${chunked}4\r\nso`, `${chunked}4\r\nsome\r\n`, `${chunked}4\r\nsome\r\n0\r\nx: y\r\n`])
  .flatMap((said) => [
    (socket: Socket) => socket.end(said),
    (socket: Socket) => void socket.write(said, () => socket.resetAndDestroy()),
  ]);

function flood(socket: Socket, first: string, again: string): void {
  const more = () => {
    while (socket.writable && socket.write(again));
  };
  socket.write(first || again);
  socket.on("drain", more);
  more();
}

const sockets = new Set<Socket>();
let requests = 0;
const server = createServer((socket) => {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket)).on("error", () => {});
  let head = "";
  socket.on("data", (bytes) => {
    head += bytes.toString("latin1");
    const [, path] = /^[A-Z]+ (\/[^ ]*) .*?\r\n\r\n/s.exec(head) ?? [];
    if (path === undefined) return;
    head = "";
    requests++;
    (upstreams[path] ?? stages[Number(path.slice("/stage/".length))])?.(socket);
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

let host: Host;
let before: { readonly used: number };
beforeAll(async () => {
  host = await createHost({ log: () => {}, allow: ["http://127.0.0.1:*", "private"] });
  await host.registry.deploy("bystander", exampleWasm("greet"));
  before = await memoryInUse();
});
afterAll(async () => {
  await host.close();
  for (const socket of sockets) socket.destroy();
  server.close();
  await removeTemporaryFolders();
});

const http = { allow: ["http://127.0.0.1:*"], private: true, redirects: 10, requestsPerSecond: 100_000 };
const sizes = { requestBytes: 1_000_000, responseBytes: 1_000_000, concurrent: 64 };
const deploy = async (placement: "inline" | "process", limits: object, more: object = {}) => {
  const settings = {
    placement,
    mode: "fresh" as const,
    grants: { http: { ...http, ...sizes, ...more } },
    limits,
  };
  await host.registry.deploy("armed", component, { settings });
};
const call = (name: string, ...args: unknown[]) => host.registry.callJson("armed", name, args);
const others = () => host.registry.callJson("bystander", "greet", ["Ada"]);

/** Ends the plugin: nothing that it had under way is left anywhere. */
async function nothingLeft(): Promise<void> {
  expect(host.registry.details("armed").counters.inFlight).toBe(0);
  await host.registry.remove("armed");
  // Again and again: what the deaf one was asked it may read only now, and read no more then.
  await until(() => {
    for (const socket of sockets) socket.resume();
    return sockets.size === 0;
  });
}

describe.each(["inline", "process"] as const)("a plugin with requests for weapons, %s", (placement) => {
  it("that begins requests for ever runs out of fuel", async () => {
    await deploy(placement, { fuel: 30_000_000, time: 5_000 });
    for (const name of ["drop-for-ever", "keep-for-ever"])
      for (const path of ["/silent", "/well", "/endless"]) {
        await expect(call(name, origin + path)).rejects.toMatchObject({ code: "out-of-fuel" });
        expect(await others()).toBe("Hello, Ada!");
      }
    await nothingLeft();
  });

  it("that sends or takes what never ends meets the bounds of its grant", async () => {
    await deploy(placement, { time: 60_000 });
    const ask = (path: string, body = "") => call("ask", body === "" ? "GET" : "POST", origin + path, body);
    expect(await call("upload-for-ever", `${origin}/silent`)).toBe("0 0 HTTP-request-body-size");
    for (const body of ["", "ended", "goes on"]) {
      expect(await ask("/endless", body)).toMatch(/^200 \d+ HTTP-response-body-size$/);
      expect(await ask("/fields", body)).toBe("0 0 HTTP-response-header-section-size");
      expect(await ask("/trailers", body)).toMatch(/^200 0 HTTP-response-trailer-section-size$/);
      expect(await ask("/hints", body)).toBe("0 0 HTTP-protocol-error");
      expect(await ask("/twice", body)).toMatch(/^200 2$|^0 0 HTTP-/);
      expect(await others()).toBe("Hello, Ada!");
    }
    expect(await ask("/circle")).toBe("302 0");
    await expect(call("many-fields", `${origin}/well`, 10_000)).rejects.toMatchObject({ code: "trap" });
    await nothingLeft();
  });

  it("that waits for what never comes meets the times of its grant", async () => {
    await deploy(placement, { time: 60_000 }, { timeouts: { whole: 200 } });
    const ask = (path: string, body = "") => call("ask", body === "" ? "GET" : "POST", origin + path, body);
    for (const body of ["", "ended", "goes on"]) {
      expect(await ask("/drips", body)).toMatch(/^(?:200|0) \d+ HTTP-response-timeout$/);
      expect(await ask("/drips-a-head", body)).toBe("0 0 HTTP-response-timeout");
      expect(await ask("/extensions", body)).toMatch(
        /^(?:200|0) 0 HTTP-(?:response-timeout|protocol-error)$/,
      );
    }
    expect(await call("upload-for-ever", `${origin}/deaf`)).toMatch(
      /^0 0 HTTP-(?:request-body-size|response-timeout)$/,
    );
    expect(await others()).toBe("Hello, Ada!");
    await nothingLeft();
  });

  it("whose servers hang up at each place of an answer is told so", async () => {
    await deploy(placement, { time: 10_000 });
    for (const body of ["", "ended", "goes on"])
      for (let stage = 0; stage < stages.length; stage++)
        expect(await call("ask", "POST", `${origin}/stage/${stage}`, body)).toMatch(
          /^(?:0|200) \d+ (?:connection-terminated|HTTP-response-incomplete|HTTP-protocol-error)$/,
        );
    await nothingLeft();
  });

  it("that is a crowd has as many at a time as one cell may", async () => {
    await deploy(placement, { fuel: 30_000_000_000, time: 60_000 });
    requests = 0;
    expect(await call("crowd", `${origin}/well`, 10_000)).toBe(10_000 - requests);
    expect(requests).toBeGreaterThan(0);
    expect(requests).toBeLessThanOrEqual(64);
    expect(await others()).toBe("Hello, Ada!");
    await nothingLeft();
  });
});

it("keeps nothing of all this", async () => {
  const after = await memoryInUse();
  expect(after.used - before.used).toBeLessThan(48);
});
