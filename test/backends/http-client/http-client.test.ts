/** Requests that the driver of outgoing HTTP makes, against servers that listen. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Data } from "../../../host/backends/data.ts";
import type { AddressLookup } from "../../../host/backends/http-client/checked-connect.ts";
import { type DrivenClient, drivenClient, outcomeOf } from "./driven-client.ts";

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  server.listen(0, "127.0.0.1");
  endings.push(() => server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener) => {
  const server = createServer(listener);
  endings.push(() => server.closeAllConnections());
  return listening(server);
};

/** A server that speaks by hand. */
async function speak(talk: (socket: Socket, head: string) => void): Promise<string> {
  const sockets: Socket[] = [];
  endings.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listening(
    createTcpServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.once("data", (head) => talk(socket, `${head}`));
    }),
  );
}

function client(grant: object = {}): DrivenClient {
  const made = drivenClient({ allow: ["http://127.0.0.1:*"], private: true, ...grant });
  endings.push(() => made.release());
  return made;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return `${Buffer.concat(pieces)}`;
}

describe("a request", () => {
  it("goes out as it was asked for, and its response comes back whole", async () => {
    const url = await serve(async (request, response) => {
      const body = await bodyOf(request);
      response.writeHead(
        201,
        "Made",
        [
          ["X-One", "1"],
          ["x-one", "2"],
          ["Set-Cookie", "a=b"],
          ["Latin", "gr\xfcn"],
        ].flat(),
      );
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: request.rawHeaders, body }),
      );
    });
    const asked = {
      method: "POST",
      url: `${url}/a/../b?q=%20`,
      headers: [
        ["X-Latin", "\xfc"],
        ["accept", "a"],
        ["Accept", "b"],
      ] as const,
      body: ["Hello, ", "world"],
    };
    const { status, headers, text = "" } = await client().request(asked);
    expect(status).toBe(201);
    expect(headers).toEqual(
      expect.arrayContaining([
        ["X-One", "1"],
        ["x-one", "2"],
        ["Set-Cookie", "a=b"],
        ["Latin", "gr\xfcn"],
      ]),
    );
    expect(headers?.map(([name]) => name.toLowerCase())).not.toContain("transfer-encoding");
    const host = url.slice("http://".length);
    expect(JSON.parse(`${Buffer.from(text, "latin1")}`)).toEqual({
      method: "POST",
      url: "/b?q=%20",
      headers: [
        "host",
        host,
        "connection",
        "keep-alive",
        "X-Latin",
        "\xfc",
        "accept",
        "a",
        "Accept",
        "b",
        "transfer-encoding",
        "chunked",
      ],
      body: "Hello, world",
    });
  });

  it("sends no body where there is none, and as many bytes as it says where it says so", async () => {
    const url = await serve(async (request, response) => {
      const { "content-length": length, "transfer-encoding": coding } = request.headers;
      response.end(JSON.stringify([length ?? null, coding ?? null, await bodyOf(request)]));
    });
    const made = client();
    expect((await made.request(url)).text).toBe('[null,null,""]');
    const post = { method: "POST", url, headers: [["content-length", "5"]] as const };
    expect((await made.request({ ...post, body: ["12", "345"] })).text).toBe('["5",null,"12345"]');
    expect((await made.request({ method: "POST", url })).text).toBe('["0",null,""]');
    expect((await made.request({ method: "POST", url, body: [] })).text).toBe('["0",null,""]');
    expect((await made.request({ url, body: [] })).text).toBe('[null,null,""]');
    expect(await made.request({ ...post, body: ["123456"] })).toEqual({
      error: { tag: "HTTP-request-body-size", val: 5 },
    });
    expect(await made.request({ ...post, body: ["1234"] })).toEqual({
      error: { tag: "HTTP-request-body-size", val: 4 },
    });
    expect(await made.request(post)).toEqual({ error: { tag: "HTTP-request-body-size", val: 0 } });
  });

  it("has trailers, and so has its response", async () => {
    const url = await serve(async (request, response) => {
      const body = await bodyOf(request);
      response.writeHead(200, { trailer: "X-Sum" });
      response.write(`${body} ${request.rawTrailers}`);
      response.addTrailers({ "X-Sum": "4" });
      response.end();
    });
    const made = client();
    const post = (...body: (string | { readonly trailers: Data })[]) =>
      made.request({ method: "POST", url, body });
    expect(await made.request(url)).toMatchObject({ status: 200, text: " ", trailers: [["X-Sum", "4"]] });
    const trailers = [
      ["X-Sum", Buffer.from("1")],
      ["x-latin", Buffer.from("\xfc", "latin1")],
    ] as const;
    expect(await post("x", { trailers })).toMatchObject({ text: "x X-Sum,1,x-latin,\xc3\xbc" });
    expect(await post({ trailers })).toMatchObject({ text: " X-Sum,1,x-latin,\xc3\xbc" });
    expect(await post("x", { trailers: [] })).toMatchObject({ status: 200, text: "x " });
  });

  it("has no trailers beside a length, and none that would be believed", async () => {
    const seen: string[] = [];
    const url = await serve(async (request, response) => {
      await bodyOf(request).catch(() => "");
      if (request.complete) seen.push(`${request.rawTrailers}`);
      response.end();
    });
    const secrets = { [url]: { header: "x-key", value: { secret: "of the host" } } };
    const made = client({ secrets });
    const post = (name: string, value: string, headers: readonly (readonly [string, string])[] = []) =>
      made.request({
        ...{ method: "POST", url, headers },
        body: ["x", { trailers: [[name, Buffer.from(value, "latin1")]] }],
      });
    const length = [["content-length", "1"]] as const;
    expect((await post("a", "b", length)).error).toEqual({
      tag: "HTTP-request-trailer-section-size",
      val: 0,
    });
    expect((await post("a", "b".repeat(40_000))).error).toEqual({
      tag: "HTTP-request-trailer-section-size",
      val: 32_768,
    });
    const names = ["Content-Length", "Transfer-Encoding", "Host", "Authorization", "Cookie", "X-Key"];
    for (const name of [...names, "Content-Type", "If-Match", "X-Forwarded-For", "a b", ""])
      expect((await post(name, "5")).error).toEqual({ tag: "HTTP-protocol-error" });
    for (const value of ["a\r\nb: c", "a\0", "a\n"])
      expect((await post("x", value)).error).toEqual({ tag: "HTTP-protocol-error" });
    expect(seen).toEqual([]);
  });

  it("begins at once, though nothing of its body is there yet", async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { method: request.method });
      response.write("before");
      request.once("data", (piece) => response.end(`${piece}`));
    });
    for (const method of ["POST", "GET"]) {
      const exchange = client().open({ method, url, body: [] });
      const head = (await exchange.receive()) as {
        readonly headers: readonly (readonly [string, Uint8Array])[];
      };
      expect(head.headers.map(([name, value]) => [name, `${Buffer.from(value)}`])).toContainEqual([
        "method",
        method,
      ]);
      expect(`${Buffer.from((await exchange.receive()) as Uint8Array)}`).toBe("before");
      await exchange.send(Buffer.from("after"));
      expect(`${Buffer.from((await exchange.receive()) as Uint8Array)}`).toBe("after");
      exchange.end();
      expect(await exchange.receive()).toBeUndefined();
    }
  });

  it("takes the connection of the one before", async () => {
    const sockets = new Set<unknown>();
    const url = await serve(async (request, response) => {
      sockets.add(request.socket);
      response.end(await bodyOf(request));
    });
    const made = client();
    for (const body of [["a"], ["b", "c"], [""], ["d"]])
      expect((await made.request({ method: "POST", url, body })).text).toBe(body.join(""));
    expect(sockets.size).toBe(1);
  });

  it("is not unpacked, follows no cookie, and passes what comes before the response", async () => {
    const packed = Buffer.from("H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==", "base64");
    const url = await serve((request, response) => {
      response.writeEarlyHints({ link: "</a>; rel=preload" });
      response.writeHead(200, {
        "content-encoding": "gzip",
        "set-cookie": "a=b",
        cookies: `${request.headers.cookie}`,
      });
      response.end(packed);
    });
    const made = client();
    await made.request(url);
    const { headers, text = "" } = await made.request(url);
    expect(Buffer.from(text, "latin1")).toEqual(packed);
    expect(headers).toContainEqual(["cookies", "undefined"]);
  });

  it("is told and counted, without its query", async () => {
    const url = await serve(async (request, response) => {
      await bodyOf(request);
      response.end("12345");
    });
    const made = client();
    await made.request({ method: "PUT", url: `${url}/secret?token=1`, body: ["123"] });
    await made.request("http://elsewhere.example/");
    const host = url.slice("http://".length);
    expect(made.audit).toEqual([
      { method: "PUT", host, status: 200, sent: 3, received: 5, ms: expect.any(Number) },
      {
        method: "GET",
        host: "elsewhere.example",
        error: "HTTP-request-denied",
        sent: 0,
        received: 0,
        ms: expect.any(Number),
      },
    ]);
    expect(made.counters).toEqual({ requests: 2, refused: 1, sentBytes: 3, receivedBytes: 5 });
  });
});

describe("bodies", () => {
  it("stream both ways at the pace of who takes them", async () => {
    const bytes = 20 * 1024 * 1024;
    const url = await serve((request, response) => {
      const hash = createHash("sha256");
      request.on("data", (piece) => hash.update(piece));
      request.on("end", () => {
        response.setHeader("hash", hash.digest("hex"));
        response.end(Buffer.alloc(bytes, 7));
      });
    });
    const made = client({ requestBytes: bytes, responseBytes: bytes });
    const body = Array.from({ length: bytes / 32_768 }, () => Buffer.alloc(32_768, 9));
    const { headers, text = "" } = await made.request({ method: "POST", url, body });
    const hash = createHash("sha256").update(Buffer.alloc(bytes, 9)).digest("hex");
    expect(headers).toContainEqual(["hash", hash]);
    expect(text.length).toBe(bytes);
  });

  it("go both ways at the same time", async () => {
    const url = await serve((request, response) => {
      response.writeHead(200);
      request.pipe(response);
    });
    const exchange = client().open({ method: "POST", url, body: [] });
    await exchange.send(Buffer.from("one"));
    expect(await exchange.receive()).toMatchObject({ status: 200 });
    expect(`${Buffer.from((await exchange.receive()) as Uint8Array)}`).toBe("one");
    await exchange.send(Buffer.from("two"));
    expect(`${Buffer.from((await exchange.receive()) as Uint8Array)}`).toBe("two");
    exchange.end();
    expect(await exchange.receive()).toBeUndefined();
  });

  it("are bounded", async () => {
    const url = await serve((request, response) => {
      request.resume();
      response.write(Buffer.alloc(3000));
      response.end(Buffer.alloc(3000));
    });
    const made = client({ requestBytes: 1000, responseBytes: 4000 });
    expect(await made.request({ method: "POST", url, body: [Buffer.alloc(1001)] })).toMatchObject({
      error: { tag: "HTTP-request-body-size", val: 1000 },
    });
    expect(await made.request(url)).toMatchObject({ error: { tag: "HTTP-response-body-size", val: 4000 } });
  });

  it("that the server does not want are taken all the same, when the response is there", async () => {
    const url = await serve((_, response) => {
      response.writeHead(413, { connection: "close" });
      response.end("too much");
    });
    const made = client();
    const body = Array.from({ length: 100 }, () => Buffer.alloc(32_768));
    const outcome = await made.request({ method: "POST", url, body });
    expect([413, undefined]).toContain(outcome.status);
    expect((await made.request(url)).status).toBe(413);
  });
});

describe("what goes wrong", () => {
  const ok = "HTTP/1.1 200 OK\r\n";
  const talks: Readonly<Record<string, readonly [talk: (socket: Socket) => void, outcome: object]>> = {
    "a server that closes": [(socket) => socket.end(), { error: { tag: "connection-terminated" } }],
    "one that resets": [(socket) => socket.resetAndDestroy(), { error: { tag: "connection-terminated" } }],
    "one that speaks something else": [
      (socket) => socket.end("SSH-2.0-x\r\n"),
      { error: { tag: "HTTP-protocol-error" } },
    ],
    "a body that is cut off": [
      (socket) => socket.end(`${ok}content-length: 10\r\n\r\n12345`),
      { status: 200, text: "12345", error: { tag: "HTTP-response-incomplete" } },
    ],
    "chunks that are none": [
      (socket) => socket.end(`${ok}transfer-encoding: chunked\r\n\r\nxyz\r\n`),
      { status: 200, error: { tag: "HTTP-protocol-error" } },
    ],
    "two lengths": [
      (socket) => socket.end(`${ok}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
      { error: { tag: "HTTP-protocol-error" } },
    ],
    "a length and chunks": [
      (socket) => socket.end(`${ok}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      { error: { tag: "HTTP-protocol-error" } },
    ],
    "a change of protocol": [
      (socket) => socket.end("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
      { error: { tag: "connection-terminated" } },
    ],
    "a head without end": [
      (socket) => {
        socket.write(ok);
        const more = () => {
          while (socket.writable && socket.write(`x: ${"y".repeat(1000)}\r\n`));
        };
        socket.on("drain", more);
        more();
      },
      { error: { tag: "HTTP-response-header-section-size", val: 32_768 } },
    ],
    "many small fields": [
      (socket) => socket.end(`${ok}${"a:\r\n".repeat(5000)}\r\n`),
      { error: { tag: "HTTP-response-header-section-size", val: 32_768 } },
    ],
  };
  const ways = { "a request without a body": {}, "one with a body that still comes": { body: [""] } };
  describe.each(Object.entries(ways))("with %s", (_, body) => {
    it.each(Object.entries(talks))("%s", async (_, [talk, outcome]) => {
      const url = await speak(talk);
      expect(await client().request({ url, ...body })).toMatchObject(outcome);
    });

    it("nobody there", async () => {
      const server = createServer();
      const url = await listening(server);
      server.close();
      expect(await client().request({ url, ...body })).toEqual({ error: { tag: "connection-refused" } });
    });
  });

  it("is late, in each of its phases", async () => {
    const silent = await speak(() => {});
    const slow = await speak((socket) => socket.write(`${ok}content-length: 10\r\n\r\n1`));
    const connect = { timeouts: { connect: 50 } };
    // Nobody answers there (RFC 5737), and where something says so at once that will do too.
    const nowhere = await drivenClient({ allow: ["*"], ...connect }).request("http://198.51.100.1:9/");
    expect(nowhere.error?.tag).toMatch(/^(?:HTTP-request-denied|destination-IP-prohibited)$/);
    const late = { error: { tag: "HTTP-response-timeout" } };
    expect(await client({ timeouts: { firstByte: 50 } }).request(silent)).toEqual(late);
    expect(await client({ timeouts: { whole: 50 } }).request(silent)).toEqual(late);
    expect(await client().request({ url: silent, times: { firstByteTimeout: 50 } })).toEqual(late);
    expect(await client({ timeouts: { betweenBytes: 50 } }).request(slow)).toMatchObject({
      status: 200,
      text: "1",
      error: { tag: "connection-read-timeout" },
    });
    expect(await client({ timeouts: { whole: 50 } }).request(slow)).toMatchObject({ status: 200, ...late });
  });

  it("is late at the deadline of the call that asks", async () => {
    const silent = await speak(() => {});
    const made = client();
    for (const left of [50, 0, -1_000]) {
      const exchange = made.open({ url: silent }, performance.now() + left);
      exchange.end();
      expect(await outcomeOf(exchange)).toEqual({ error: { tag: "HTTP-response-timeout" } });
    }
    expect(made.audit.map(({ error }) => error)).toEqual(Array(3).fill("HTTP-response-timeout"));
  });

  it("is late where the guest itself never ends its request", async () => {
    const url = await serve((request) => void request.resume());
    const made = client({ timeouts: { whole: 50 }, concurrent: 1 });
    for (const first of [undefined, Buffer.from("x")]) {
      const exchange = made.open({ method: "POST", url, body: [] });
      if (first) await exchange.send(first);
      expect(await outcomeOf(exchange)).toEqual({ error: { tag: "HTTP-response-timeout" } });
    }
    // It waits no longer than it said itself, though it has a body to write.
    const times = { firstByteTimeout: 50 };
    const exchange = client().open({ method: "POST", url, body: [], times });
    expect(await outcomeOf(exchange)).toEqual({ error: { tag: "HTTP-response-timeout" } });
  });
});

describe("room", () => {
  it("is so many requests at a time, and comes back", async () => {
    const held: (() => void)[] = [];
    const url = await serve((_, response) => void held.push(() => response.end()));
    const made = client({ concurrent: 2 });
    const first = [made.request(url), made.request(url)];
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(await made.request(url)).toEqual({ error: { tag: "connection-limit-reached" } });
    for (const answer of held.splice(0)) answer();
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    const next = made.request(url);
    while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
    held[0]!();
    expect((await next).status).toBe(200);
    expect(made.counters).toMatchObject({ requests: 4, limited: 1 });
  });

  it("is so many in a second", async () => {
    const url = await serve((_, response) => response.end());
    const made = client({ requestsPerSecond: 5 });
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => made.request(url)));
    expect(outcomes.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(5);
    expect(outcomes.some(({ error }) => error?.tag === "connection-limit-reached")).toBe(true);
  });
});

it("has its place among those at a time until nothing of it is left, though its call has gone", async () => {
  // A name that is looked up for as long as the test likes.
  const lookups: (() => void)[] = [];
  const lookup: AddressLookup = (_, callback) =>
    void lookups.push(() => callback(null, [{ address: "127.0.0.1", family: 4 }]));
  const url = await serve((request, response) => void request.resume().on("end", () => response.end()));
  const { port } = new URL(url);
  const grant = { allow: ["http://*:*"], private: true, concurrent: 1 };
  const made = drivenClient(grant, { lookup });
  endings.push(() => made.release());
  for (const body of [undefined, []]) {
    const request = { method: "POST", url: `http://slow.test:${port}/`, ...(body && { body }) };
    const exchange = made.open(request);
    if (body) await exchange.send(Buffer.from("x"));
    while (lookups.length < 1) await new Promise((resolve) => setImmediate(resolve));
    made.endCell();
    await expect(exchange.receive()).rejects.toMatchObject({ code: "closed" });
    expect(await made.request(url)).toEqual({ error: { tag: "connection-limit-reached" } });
    for (const answer of lookups.splice(0)) answer();
    let outcome = await made.request(url);
    while (outcome.error) {
      await new Promise((resolve) => setImmediate(resolve));
      outcome = await made.request(url);
    }
    expect(outcome.status).toBe(200);
  }
});

it("ends with its cell, and with its deployment", async () => {
  const closed: Promise<unknown>[] = [];
  const url = await serve((request) => void closed.push(once(request.socket, "close")));
  const made = client();
  const exchange = made.open({ url });
  exchange.end();
  while (closed.length < 1) await new Promise((resolve) => setImmediate(resolve));
  made.endCell();
  await expect(exchange.receive()).rejects.toMatchObject({ code: "closed" });
  await closed[0];
  while (made.audit.length < 1) await new Promise((resolve) => setImmediate(resolve));
  expect(made.audit).toMatchObject([{ error: "abandoned" }]);
});
