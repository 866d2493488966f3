/** Filters before apps: one suite over the ways to have them, with plugins in the server's thread and in processes. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
// @ts-expect-error: the package brings no types.
import express from "express";
import { type Context, Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import { nodeFilters, pluginFilters } from "../../../host/http/embed.ts";
import type { FilterOptions } from "../../../host/http/filters/filter-chain.ts";
import { exampleWasm } from "../../support/examples.ts";
import { componentTypeOf, dummyModule } from "../../support/oracle.ts";
import { buildComponent } from "../../support/plugin-build.ts";
import { refusal } from "../../support/thrown.ts";

/** Filter that does what the target says. */
const wayward = `
  import { Answer, Changes, Request, Response, Verdict } from "hotcell:filter/types@0.1.0";
  import { Tuple2 } from "wit-types";
  type Header = Tuple2<string, string>;
  function one(name: string, value: string): Header[] { return [new Tuple2<string, string>(name, value)]; }
  function setting(name: string, value: string): Verdict { return Verdict.change(new Changes([], one(name, value), [])); }
  function answering(status: u16, headers: Header[], body: string): Verdict {
    return Verdict.answer(new Answer(status, headers, body));
  }
  export function onRequest(request: Request): Verdict {
    const target = request.target;
    if (target == "/status") return answering(99, [], "");
    if (target == "/switching") return answering(101, [], "");
    if (target == "/smuggled") return answering(200, one("x-a", "1\\r\\nset-cookie: a=b"), "");
    if (target == "/named") return answering(200, one("x a", "1"), "");
    if (target == "/beyond") return answering(200, one("x-a", "\\u20ac"), "");
    if (target == "/chunked") return answering(200, one("Transfer-Encoding", "chunked"), "");
    if (target == "/content") return answering(204, [], "content");
    if (target == "/body") return answering(200, [], "x".repeat(65537));
    if (target == "/long") return setting("x-a", "x".repeat(16384));
    if (target == "/many") {
      const names: string[] = [];
      for (let i = 0; i < 65; i++) names.push("x-" + i.toString());
      return Verdict.change(new Changes(names, [], []));
    }
    if (target == "/length") return setting("Content-Length", "0");
    if (target == "/coding") return setting("content-encoding", "gzip");
    if (target == "/host") return Verdict.change(new Changes(["host"], [], []));
    if (target == "/trap") unreachable();
    if (target == "/tea") {
      const headers = one("set-cookie", "a=1");
      headers.push(new Tuple2<string, string>("set-cookie", "b=2"));
      headers.push(new Tuple2<string, string>("content-type", "text/tea"));
      return answering(418, headers, "tea");
    }
    if (target == "/change?q=1") return Verdict.change(new Changes(["X-Gone"], one("x-user", "ada"), one("X-List", "2")));
    return Verdict.next();
  }
  export function onResponse(response: Response): Changes | null {
    const target = response.target;
    if (target == "/late-trap") unreachable();
    if (target == "/late-length") return new Changes(["content-length"], [], []);
    if (target == "/cookies") return new Changes(["x-app"], [], one("set-cookie", "b=2"));
    if (target == "/told") return new Changes([], one("x-told", response.method + " " + response.status.toString()), []);
    return null;
  }`;
const world = `package acme:wayward;
  world wayward { export hotcell:filter/request-filter@0.1.0; export hotcell:filter/response-filter@0.1.0; }`;

let host: Host;
beforeAll(async () => {
  const wit = await readFile(new URL("../../../wit/filter.wit", import.meta.url), "utf8");
  const files = { "wit/world.wit": world, "wit/deps/filter/filter.wit": wit, "assembly/index.ts": wayward };
  const wayWasm = await buildComponent({ files });
  host = await createHost({ log: () => {} });
  const { registry } = host;
  const gate = exampleWasm("gate");
  for (const placement of ["inline", "process"] as const) {
    await registry.contracts.put(placement, componentTypeOf(dummyModule(wit)), {
      plugins: [`${placement}-*`],
    });
    await registry.deploy(`${placement}-a-gate`, gate, { settings: { placement } });
    await registry.deploy(`${placement}-b-wayward`, wayWasm, { settings: { placement } });
  }
});
afterAll(() => host.close());

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
type Ask = (target: string, headers?: Record<string, string | string[]>) => Promise<Answered>;

const shown = ["x-user", "x-gone", "x-list", "x-kept"];

async function asking(server: Server): Promise<Ask> {
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return async (path, headers = {}) => {
    const sent = request({ port, path, headers, host: "127.0.0.1", agent: false }).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const chunks = await response.toArray();
    return {
      status: response.statusCode!,
      headers: response.headers,
      body: Buffer.concat(chunks).toString(),
    };
  };
}

const honoApp = (contract: string, options?: FilterOptions) =>
  new Hono().use(pluginFilters(host, contract, options)).get("/*", (c: Context) => {
    c.header("x-app", "1");
    c.header("set-cookie", "a=1", { append: true });
    return c.json(Object.fromEntries(shown.map((name) => [name, c.req.header(name)])), 201);
  });
const seenByNode = ({ headers, rawHeaders, headersDistinct }: IncomingMessage) => {
  const raw = shown.map((name) =>
    rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]!.toLowerCase() === name).join(", "),
  );
  expect(raw).toEqual(shown.map((name) => headers[name] ?? ""));
  expect(shown.map((name) => headersDistinct[name]?.join(", "))).toEqual(shown.map((name) => headers[name]));
  return JSON.stringify(Object.fromEntries(shown.map((name) => [name, headers[name]])));
};

const servers: { close(): unknown }[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

const ways: Readonly<Record<string, (contract: string, options?: FilterOptions) => Promise<Ask>>> = {
  async "an app of Hono's, by web requests"(contract, options) {
    const app = honoApp(contract, options);
    return async (path, headers = {}) => {
      const pairs = Object.entries(headers).flatMap(([name, value]) =>
        [value].flat().map((each): [string, string] => [name, each]),
      );
      const response = await app.request(path, { headers: pairs });
      const given: Record<string, string | string[]> = Object.fromEntries(response.headers);
      const cookies = response.headers.getSetCookie();
      if (cookies.length > 0) given["set-cookie"] = cookies;
      return { status: response.status, headers: given, body: await response.text() };
    };
  },
  async "an app of Hono's, served"(contract, options) {
    const server = serve({
      fetch: honoApp(contract, options).fetch,
      port: 0,
      hostname: "127.0.0.1",
    }) as Server;
    servers.push(server);
    if (!server.listening) await once(server, "listening");
    return asking(server);
  },
  async "node:http"(contract, options) {
    const filters = nodeFilters(host, contract, options);
    const server = createServer((request, response) =>
      filters(request, response, () => {
        response.writeHead(201, { "x-app": "1", "set-cookie": "a=1", "content-type": "application/json" });
        const body = seenByNode(request);
        response.write(body.slice(0, 5));
        response.end(body.slice(5));
      }),
    );
    servers.push(server);
    return asking(server);
  },
  async Express(contract, options) {
    const app = express();
    app.use(nodeFilters(host, contract, options));
    app.use(
      (
        request: IncomingMessage,
        response: ServerResponse &
          Record<"status" | "set" | "append" | "type" | "send", (...args: unknown[]) => typeof response>,
      ) => {
        response
          .status(201)
          .set("x-app", "1")
          .append("set-cookie", "a=1")
          .type("json")
          .send(seenByNode(request));
      },
    );
    const server = createServer(app);
    servers.push(server);
    return asking(server);
  },
};

const cases = Object.entries(ways).flatMap(([name, way]) =>
  (["inline", "process"] as const).map((placement) => [name, placement, way] as const),
);

describe.each(cases)("filters before %s, %s", (_, placement, way) => {
  let ask: Ask;
  let open: Ask;
  beforeAll(async () => {
    ask = await way(placement);
    open = await way(placement, { onError: "open", breaker: false });
  });

  it("let requests pass, and change the headers of both sides", async () => {
    const plain = await ask("/");
    expect(plain.status).toBe(201);
    expect(plain.headers).toMatchObject({ "x-app": "1", "x-frame-options": "DENY" });
    expect(JSON.parse(plain.body)).toEqual({});
    const changed = await ask("/change?q=1", {
      "x-user": "root",
      "x-gone": "1",
      "x-list": "1",
      "x-kept": "1",
    });
    expect(JSON.parse(changed.body)).toEqual({ "x-user": "ada", "x-list": "1, 2", "x-kept": "1" });
    const cookies = await ask("/cookies");
    expect(cookies.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(cookies.headers).not.toHaveProperty("x-app");
    expect((await ask("/told")).headers["x-told"]).toBe("GET 201");
  });

  it("answer themselves, and those before them hear of it", async () => {
    const gate = await ask("/admin");
    expect([gate.status, gate.body]).toEqual([403, "Not here."]);
    expect(gate.headers).not.toHaveProperty("x-app");
    // The filter that answered is not asked of its own answer.
    expect(gate.headers).not.toHaveProperty("x-frame-options");
    const tea = await ask("/tea");
    expect([tea.status, tea.body, tea.headers["content-type"]]).toEqual([418, "tea", "text/tea"]);
    expect(tea.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(tea.headers["x-frame-options"]).toBe("DENY");
  });

  it("see the path that is routed by, however it is written", async () => {
    for (const path of ["/%61dmin", "/adm%69n/x?y=%61", "/%61%64%6D%69%6e"]) {
      const { status, body } = await ask(path);
      expect([path, status, body]).toEqual([path, 403, "Not here."]);
    }
    // Which of them is an encoded slash is no other path.
    expect((await ask("/x%2Fadmin")).status).toBe(201);
    // Hono follows steps before it routes; where they would be followed or not, nobody passes.
    for (const path of ["/x/../admin", "/x/%2e%2E/admin", "/x/..\\admin", "/./admin"])
      expect([path, (await ask(path)).status]).toEqual([path, expect.toBeOneOf([400, 403])]);
  });

  it.each([
    ...["/status", "/switching", "/smuggled", "/named", "/beyond", "/chunked", "/content", "/body", "/long"],
    ...["/many", "/length", "/coding", "/host", "/trap", "/late-trap", "/late-length"],
  ])("end %s with a problem, or go on without, as the app has it", async (target) => {
    const { status, headers, body } = await ask(target, { "x-kept": "1" });
    expect([status, headers["content-type"]]).toEqual([502, "application/problem+json"]);
    expect(JSON.parse(body).code).toBe(target.includes("trap") ? "trap" : "bad-response");
    expect(headers).not.toHaveProperty("x-app");
    expect(headers).not.toHaveProperty("set-cookie");
    const on = await open(target, { "x-kept": "1" });
    expect(on.status).toBe(201);
    expect(JSON.parse(on.body)).toEqual({ "x-kept": "1" });
    expect(on.headers).toMatchObject({ "x-app": "1", "x-frame-options": "DENY" });
  });
});

describe("filters", () => {
  it("are those of a contract of filters", async () => {
    const { registry } = host;
    expect(refusal(() => pluginFilters(host, "nothing")).code).toBe("contract-not-found");
    await registry.contracts.put("greeting", exampleWasm("greet"));
    expect(refusal(() => pluginFilters(host, "greeting")).code).toBe("bad-settings");
    expect(refusal(() => nodeFilters(host, "inline", { onError: "never" as never })).code).toBe(
      "bad-settings",
    );
    expect(refusal(() => nodeFilters(host, "inline", { breaker: 1 as never, onError: "open" })).code).toBe(
      "bad-settings",
    );
  });

  it.each(["an app of Hono's, served", "node:http", "Express"])(
    "see targets in absolute form as paths, before %s",
    async (way) => {
      const ask = await ways[way]!("inline");
      expect((await ask("http://elsewhere.test/admin")).status).toBe(403);
      expect((await ask("http://elsewhere.test/%61dmin?x")).status).toBe(403);
      expect((await ask("http://elsewhere.test/x/../admin")).status).toBeOneOf([400, 403]);
      expect((await ask("http://elsewhere.test/")).status).toBe(201);
    },
  );

  it("let a program know that it has answered, while they hold the answer's head", async () => {
    const filters = nodeFilters(host, "process");
    const seen: boolean[][] = [];
    const server = createServer((request, response) =>
      filters(request, response, () => {
        const look = () => seen.push([response.headersSent, response.writableEnded]);
        look();
        response.writeHead(201);
        look();
        response.end("once");
        look();
        // As handlers of errors do.
        if (!response.headersSent) response.writeHead(500).end("twice");
        response.on("finish", look);
      }),
    );
    servers.push(server);
    const ask = await asking(server);
    expect(await ask("/")).toMatchObject({ status: 201, body: "once" });
    expect(seen).toEqual([
      [false, false],
      [true, false],
      [true, true],
      [true, true],
    ]);
  });

  it("tell errors by URLs, where the host's API has one that everybody reaches", async () => {
    const publicUrl = "https://plugins.example.com/api";
    const bodies = await Promise.all(
      Object.values(ways).map(async (way) => (await (await way("inline", { publicUrl }))("/trap")).body),
    );
    for (const body of bodies) expect(JSON.parse(body).type).toBe(`${publicUrl}/docs/errors/trap`);
    expect(refusal(() => pluginFilters(host, "inline", { publicUrl: "example.com" })).code).toBe(
      "bad-settings",
    );
  });

  it("are swapped while requests pass, and none is asked without them", async () => {
    const { registry } = host;
    const ask = await ways["node:http"]!("inline");
    let swapping = true;
    const asking = Array.from({ length: 4 }, async () => {
      let asked = 0;
      while (swapping) {
        expect((await ask("/admin")).status).toBe(403);
        asked++;
      }
      return asked;
    });
    for (let i = 0; i < 10; i++)
      await registry.configure(
        "inline-a-gate",
        { mode: i % 2 ? "fresh" : "shared" },
        { allowStateLoss: true },
      );
    swapping = false;
    for (const asked of await Promise.all(asking)) expect(asked).toBeGreaterThan(0);
  });
});
