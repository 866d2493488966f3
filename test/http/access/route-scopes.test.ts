/**
 * Every route of the app with every kind of token, on every kind of host. The routes come from the table of the app: one
 * that has no row here fails.
 */

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Scope, scopes } from "../../../host/access/scopes.ts";
import { apiRoutes } from "../../../host/http/routes/api-routes.ts";
import { sample } from "../../guests/small-plugins.ts";
import { authorization, type Body, startTestHost, type TestHost } from "../../support/test-host.ts";

const plugin = "t42-a";
const failures = { burst: 1_000_000, interval: 1, addresses: 10 };
const hosts = {
  loopback: await startTestHost({ failures }),
  network: await startTestHost({ failures, address: "0.0.0.0" }),
  private: await startTestHost({ failures, address: "0.0.0.0", privateCalls: true }),
  "private on loopback": await startTestHost({ failures, privateCalls: true }),
};
type Place = keyof typeof hosts;
const places = Object.keys(hosts) as Place[];
afterAll(() => Promise.all(Object.values(hosts).map((host) => host.close())));

const [v1, v2, v3] = [1, 2, 3].map((version) => sample({ version }) as Uint8Array<ArrayBuffer>);
const baseline = {
  grants: { random: true, kv: true },
  mode: "shared",
  limits: { fuel: 500_000_000 },
} as const;
const digests: string[] = [];
/** A token that may be revoked. */
const spares = new Map<TestHost, string>();
/** Good for nothing, each in its way. */
const ended = new Map<TestHost, readonly (string | undefined)[]>();

/** The plugin with two versions and settings of its own, so that there is something to roll back and to withdraw. */
async function prepare(host: TestHost): Promise<void> {
  const { registry, tokens } = host;
  for (const { name } of registry.list()) await registry.remove(name, { keepData: false });
  const files = new Map([["a.txt", Buffer.from("text")]]);
  digests[0] = (await registry.deploy(plugin, v1!, { settings: baseline, files })).version;
  digests[1] = (await registry.deploy(plugin, v2!)).version;
  await registry.values(plugin).put("default", "k", Buffer.from("v"));
  for (const name of ["kept", "spare"]) await registry.contracts.put(name, v3!);
  await registry.contracts.put("held", v3!, { plugins: [plugin] });
  spares.set(host, (await tokens.create({ scopes: ["read"] }, "test")).id);
}
beforeAll(async () => {
  for (const host of Object.values(hosts)) {
    await prepare(host);
    const revoked = await host.tokens.create({ scopes: ["admin"] }, "test");
    await host.tokens.revoke(revoked.id, "test");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - 60_000 });
    const expired = await host.tokens.create({ scopes: ["admin"], expiresIn: 30 }, "test");
    vi.useRealTimers();
    ended.set(host, [undefined, "wrong", revoked.token, expired.token]);
  }
});

interface Row {
  /** As the app has it. */
  readonly route: string;
  readonly what?: string;
  readonly path: string | ((host: TestHost) => string);
  readonly body?: () => { readonly type: string; readonly body: Body };
  readonly accept?: string;
  /** Where nobody needs a token. */
  readonly open: readonly Place[];
  /** Sets of scopes, each of which is enough; `admin` always is. */
  readonly enough: readonly (readonly Scope[])[];
  /** What a refusal may name besides, where it comes before it is known what is asked for. */
  readonly door?: Scope;
  /** `plugin`: a token has to be good for it. `list`: it is shown what it is good for. `all`: it must not be limited. */
  readonly about: "plugin" | "list" | "all" | "nothing";
  readonly changes?: true;
  /** Code of the problem that whoever was let in gets; absent: success. */
  readonly told?: string;
  /** A token that comes with it is judged, though none is needed. */
  readonly judges?: true;
}

const everywhere = places;
const onLoopback: readonly Place[] = ["loopback", "private on loopback"];
const unlessPrivate: readonly Place[] = ["loopback", "network"];
const nowhere: readonly Place[] = [];
const reading: readonly (readonly Scope[])[] = [["read"], ["deploy"], ["configure"], ["grant"]];

const wasm = () => ({ type: "application/wasm", body: v3! });
const json = (value: unknown) => () => ({ type: "application/json", body: JSON.stringify(value) });
const multipart = (settings: unknown) => () => {
  const boundary = "edge";
  const head = (name: string, type: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
  const parts = [head("plugin", "application/wasm"), v3!, "\r\n"];
  parts.push(head("settings", "application/json"), JSON.stringify(settings), `\r\n--${boundary}--\r\n`);
  return { type: `multipart/form-data; boundary=${boundary}`, body: new Blob(parts) };
};

const read = (route: string, path: string | (() => string), open = onLoopback): Row => ({
  route: `GET /plugins/:name${route}`,
  path: () => `/plugins/${plugin}${typeof path === "string" ? path : path()}`,
  open,
  enough: reading,
  about: "plugin",
});
const change = (
  route: string,
  what: string,
  enough: readonly (readonly Scope[])[],
  { path = "", body, door }: { path?: string; body?: Row["body"]; door?: Scope } = {},
): Row => ({
  route,
  what,
  path: `/plugins/${plugin}${path}`,
  open: nowhere,
  enough,
  about: "plugin",
  changes: true,
  ...(body && { body }),
  ...(door && { door }),
});
const put = "PUT /plugins/:name";
const patch = "PATCH /plugins/:name";

const rows: readonly Row[] = [
  { route: "GET /healthz", path: "/healthz", open: everywhere, enough: [[]], about: "nothing" },
  { route: "GET /readyz", path: "/readyz", open: everywhere, enough: [[]], about: "nothing" },

  { route: "GET /plugins", path: "/plugins", open: onLoopback, enough: reading, about: "list" },
  {
    ...{ route: "GET /openapi.json", path: "/openapi.json" },
    ...{ open: onLoopback, enough: [...reading, ["call"]], about: "list" },
  },
  // The tools are those of plugins that the token may call: test/http/routes/mcp/mcp.test.ts.
  {
    ...{ route: "POST /mcp", path: "/mcp" },
    ...{ body: json({ jsonrpc: "2.0", id: 1, method: "tools/list" }) },
    ...{ open: onLoopback, enough: [...reading, ["call"]], about: "nothing" },
  },
  {
    ...{ route: "GET /mcp", path: "/mcp", accept: "text/event-stream" },
    ...{ open: onLoopback, enough: [...reading, ["call"]], about: "nothing" },
  },
  {
    ...{
      route: "GET /.well-known/oauth-protected-resource/mcp",
      path: "/.well-known/oauth-protected-resource/mcp",
    },
    ...{ open: everywhere, enough: [[]], about: "nothing" },
  },
  {
    ...{ route: "GET /docs", path: "/docs" },
    ...{ open: onLoopback, enough: [...reading, ["call"]], about: "nothing" },
  },
  { route: "GET /docs/errors", path: "/docs/errors", open: everywhere, enough: [[]], about: "nothing" },
  {
    ...{ route: "GET /docs/errors/:code", path: "/docs/errors/trap" },
    ...{ open: everywhere, enough: [[]], about: "nothing" },
  },
  ...["/console", "/console/", "/console/:file{.+}"].map(
    (route): Row => ({
      ...{ route: `GET ${route}`, path: route.replace(":file{.+}", "console.css") },
      ...{ open: everywhere, enough: [[]], about: "nothing" },
    }),
  ),
  {
    ...{ route: "GET /rights", path: "/rights", judges: true },
    ...{ open: everywhere, enough: [[]], about: "nothing" },
  },
  ...["/wit", "/settings.schema.json"].map(
    (path): Row => ({ route: `GET ${path}`, path, open: onLoopback, enough: reading, about: "nothing" }),
  ),
  ...["", "/:contract", "/:contract/wit", "/:contract/wasm"].map(
    (rest): Row => ({
      ...{ route: `GET /contracts${rest}`, open: onLoopback, enough: reading, about: "nothing" },
      path: `/contracts${rest.replace(":contract", "kept")}`,
    }),
  ),
  {
    ...{ route: "PUT /contracts/:contract", path: "/contracts/kept", body: wasm },
    ...{ open: nowhere, enough: [], about: "all" },
  },
  {
    ...{ route: "DELETE /contracts/:contract", path: "/contracts/spare" },
    ...{ open: nowhere, enough: [], about: "all", changes: true },
  },
  read("", ""),
  read("/wit", "/wit"),
  read("/versions", "/versions"),
  read("/deployments", "/deployments"),
  read("/diff", () => `/diff?from=${digests[0]}`),
  read("/versions/:digest/wasm", () => `/versions/${digests[0]}/wasm`, nowhere),
  read("/versions/:digest/files", () => `/versions/${digests[0]}/files`),
  read("/versions/:digest/files/:path{.+}", () => `/versions/${digests[0]}/files/a.txt`, nowhere),

  ...["GET", "POST"].map(
    (method): Row => ({
      route: `${method} /call/:name{(?!@|%40)[^/]+}/:function{.+}`,
      path: `/call/${plugin}/version`,
      open: unlessPrivate,
      enough: [["call"]],
      about: "plugin",
      ...(method === "POST" && { body: json([]) }),
    }),
  ),

  {
    route: "POST /call/:contract{(?:@|%40)[^/]+}/:function{.+}",
    path: "/call/@held/version",
    open: unlessPrivate,
    enough: [["call"]],
    about: "plugin",
    body: json([]),
  },

  {
    route: "ANY /http/:name/*",
    path: `/http/${plugin}/`,
    open: unlessPrivate,
    enough: [["call"]],
    about: "plugin",
    told: "no-handler",
  },

  // Whoever is limited is told of those plugins: test/observe/metrics.test.ts.
  { route: "GET /metrics", path: "/metrics", open: onLoopback, enough: reading, about: "nothing" },
  { route: "GET /nodes", path: "/nodes", open: onLoopback, enough: reading, about: "all" },
  {
    route: "GET /nodes/key",
    path: "/nodes/key",
    open: onLoopback,
    enough: reading,
    about: "all",
    told: "route-not-found",
  },
  {
    route: "POST /nodes/key",
    path: "/nodes/key",
    open: [],
    enough: [],
    about: "all",
    told: "route-not-found",
  },
  { route: "GET /series", path: "/series", open: onLoopback, enough: reading, about: "all" },
  {
    route: "GET /series",
    what: "of a plugin",
    path: `/series?plugin=${plugin}`,
    open: onLoopback,
    enough: reading,
    about: "plugin",
  },

  {
    ...{ route: "GET /plugins/:name/traps", path: `/plugins/${plugin}/traps` },
    ...{ open: nowhere, enough: reading, about: "plugin" },
  },
  { route: "GET /events", path: "/events", open: nowhere, enough: reading, about: "all" },
  {
    route: "GET /events",
    what: "of a plugin",
    path: `/events?plugin=${plugin}`,
    open: nowhere,
    enough: reading,
    about: "plugin",
  },

  change(put, "brings code", [["deploy"]], { body: wasm }),
  {
    ...change("DELETE /plugins/:name/rollout", "stops a rollout", [["deploy"]], { path: "/rollout" }),
    told: "bad-request",
  },
  {
    ...change("POST /plugins/:name/source/check", "looks", [["deploy"]], { path: "/source/check" }),
    told: "bad-request",
  },
  {
    ...change(put, "pulls", [["deploy"]], { body: json({ oci: "p:1" }) }),
    told: "bad-reference",
  },
  change(put, "plans", [["deploy"]], { body: wasm, path: "?dry-run" }),
  change(put, "grants", [["deploy", "grant"]], { body: wasm, path: "?grant=clocks" }),
  change(put, "plans a grant", [["deploy", "grant"]], { body: wasm, path: "?dry-run&grant=clocks" }),
  change(put, "grants what is granted", [["deploy"]], { body: wasm, path: "?grant=random" }),
  change(put, "with settings that hold", [["deploy"]], { body: multipart(baseline) }),
  change(put, "with a limit", [["deploy", "configure"]], {
    body: multipart({ ...baseline, limits: { fuel: 600_000_000 } }),
  }),
  change(put, "with another grant", [["deploy", "grant"]], {
    body: multipart({ ...baseline, grants: { random: true, kv: true, clocks: true } }),
  }),
  change(put, "with both", [["deploy", "configure", "grant"]], {
    body: multipart({ ...baseline, grants: { random: true, kv: true, clocks: true }, mode: "fresh" }),
  }),

  change(patch, "changes nothing", [["configure"], ["grant"], ["deploy"]], { body: json({}) }),
  change(patch, "a mode", [["configure"]], { body: json({ mode: "fresh" }) }),
  change(patch, "a secret", [["configure"]], { body: json({ env: { key: { secret: "s3cret" } } }) }),
  change(patch, "a limit beyond what held", [["configure"]], {
    body: json({ limits: { memory: 1_073_741_824 } }),
  }),
  change(patch, "a grant", [["grant"]], { body: json({ grants: { clocks: true } }), door: "configure" }),
  change(patch, "withdraws a grant", [["configure"]], { body: json({ grants: { random: null } }) }),
  change(patch, "both", [["configure", "grant"]], {
    body: json({ mode: "fresh", grants: { clocks: true } }),
  }),

  change("POST /plugins/:name/rollback", "rolls back", [["deploy"]], { path: "/rollback" }),
  change("DELETE /plugins/:name", "removes", [["deploy", "configure"]], { path: "?keep-data=false" }),

  ...["", "/:bucket", "/:bucket/:key"].map(
    (rest): Row => ({
      ...{ route: `GET /plugins/:name/kv${rest}`, open: nowhere, enough: [["data"]], about: "plugin" },
      path: `/plugins/${plugin}/kv${rest.replace(":bucket", "default").replace(":key", "k")}`,
    }),
  ),
  ...["?key=k", "/k"].flatMap((end): Row[] => {
    const at = `/plugins/:name/kv/:bucket${end === "/k" ? "/:key" : ""}`;
    const path = `/kv/default${end}`;
    const body = () => ({ type: "application/octet-stream", body: "w" });
    return [
      change(`PUT ${at}`, "sets a value", [["data"]], { path, body }),
      change(`DELETE ${at}`, "deletes a value", [["data"]], { path }),
    ];
  }),

  {
    route: "POST /tokens",
    path: "/tokens",
    open: nowhere,
    enough: [],
    about: "all",
    body: json({ scopes: ["admin"] }),
  },
  { route: "GET /tokens", path: "/tokens", open: nowhere, enough: [], about: "all" },
  {
    route: "DELETE /tokens/:id",
    path: (host) => `/tokens/${spares.get(host)}`,
    open: nowhere,
    enough: [],
    about: "all",
    changes: true,
  },
];

/** Each alone, each two together, and what a whole deployment takes. */
const scopeSets: readonly (readonly Scope[])[] = [
  ...scopes.map((scope): Scope[] => [scope]),
  ...scopes.flatMap((scope, i) => scopes.slice(i + 1).map((other): Scope[] => [scope, other])),
  ["deploy", "configure", "grant"],
  ["read", "call", "deploy", "configure", "grant"],
  ["read", "call", "data", "deploy", "configure", "grant"],
];
const reaches = {
  all: undefined,
  name: [plugin],
  pattern: ["t42-*"],
  several: ["other", "*-a"],
  "another name": ["t42-b"],
  "another pattern": ["t4-*", "t42-*-a", "*a-t42"],
} as const;
type Reach = keyof typeof reaches;
const within: readonly Reach[] = ["all", "name", "pattern", "several"];

async function ask(host: TestHost, { route, path, body, accept }: Row, token: string | undefined) {
  const [written = ""] = route.split(" ");
  const method = written === "ANY" ? "OPTIONS" : written;
  const { type, body: sent } = body?.() ?? {};
  const cut = new AbortController();
  const answer = await fetch(host.url + (typeof path === "string" ? path : path(host)), {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(type !== undefined && { "content-type": type }),
      ...(accept !== undefined && { accept }),
    },
    ...(sent !== undefined && { body: sent }),
    signal: cut.signal,
  });
  if (answer.headers.get("content-type") === "text/event-stream") {
    cut.abort();
    return { status: answer.status, body: undefined, challenge: null };
  }
  const text = await answer.text();
  const ofJson = answer.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: answer.status,
    body: ofJson ? JSON.parse(text) : text,
    challenge: answer.headers.get("www-authenticate"),
  };
}

type Asked = Awaited<ReturnType<typeof ask>>;

/** What is wrong with an answer; undefined where nothing is. */
function mistake(row: Row, place: Place, held: readonly Scope[], reach: Reach, answer: Asked) {
  const { status, body, challenge } = answer;
  const missing = held.includes("admin")
    ? []
    : row.enough.map((set) => set.filter((scope) => !held.includes(scope)));
  const allowed = held.includes("admin") || missing.some((set) => set.length === 0);
  const reached =
    row.about === "nothing" ||
    row.about === "list" ||
    (row.about === "all" ? reach === "all" : within.includes(reach));
  if (row.open.includes(place) || (allowed && reached)) {
    if (row.told !== undefined)
      return body.code === row.told ? undefined : `not let in: ${JSON.stringify(body)}`;
    if (status >= 300) return `refused: ${JSON.stringify(body)}`;
    if (row.about !== "list" || row.open.includes(place)) return undefined;
    const listed = body as { plugins?: { name: string }[]; tags?: { name: string }[] };
    const shown = (listed.plugins ?? listed.tags)!.map(({ name }) => name);
    return shown.includes(plugin) === within.includes(reach) ? undefined : `shown: ${shown}`;
  }
  if (status !== 403 || body.code !== "forbidden") return `not refused: ${status} ${JSON.stringify(body)}`;
  // RFC 9728, section 5.1.
  const more = row.path === "/mcp" ? /, resource_metadata="http:[^"]+\/oauth-protected-resource\/mcp"$/ : /$/;
  const said = `Bearer realm="hotcell", error="insufficient_scope", scope="${body.scope}"`;
  if (challenge?.replace(more, "") !== said || !more.test(challenge)) return `${challenge}`;
  if (allowed || !reached) return undefined;
  // It names what is missing, and nothing that is there already or would not help.
  const named = (body.scope as string).split(" ") as Scope[];
  const helpful = [...row.enough.flat(), ...(row.door ? [row.door] : [])];
  const wanted = row.enough.length === 0 ? ["admin"] : helpful;
  const good = named.length > 0 && named.every((scope) => wanted.includes(scope) && !held.includes(scope));
  return good ? undefined : `names ${named}`;
}

async function revisions({ registry, tokens }: TestHost) {
  const plugins = registry.list().map(({ name, revision }) => `${name} ${revision}`);
  const ended = (await tokens.list()).filter(({ revokedAt }) => revokedAt !== null).length;
  return JSON.stringify([plugins, ended]);
}

const made = new Map<string, string>();

async function tokenOf(host: TestHost, held: readonly Scope[], reach: Reach): Promise<string> {
  const key = `${host.url} ${held} ${reach}`;
  const plugins = reaches[reach];
  const known = made.get(key);
  if (known !== undefined) return known;
  const { token } = await host.tokens.create({ scopes: held, ...(plugins && { plugins }) }, "test");
  made.set(key, token);
  return token;
}

it("there is a row for every route, and a route for every row", () => {
  const routes = new Set(apiRoutes.map(({ method, path }) => `${method} ${path}`));
  expect(new Set(rows.map(({ route }) => route))).toEqual(routes);
});

describe.each(rows.map((row) => [`${row.route}${row.what ? `, ${row.what}` : ""}`, row] as const))(
  "%s",
  (_, row) => {
    it.each(places)("%s: with no token, and with one that is good for nothing any more", async (place) => {
      const host = hosts[place];
      const before = await revisions(host);
      for (const token of ended.get(host) ?? []) {
        const { status, body } = await ask(host, row, token);
        const letIn = row.told === undefined ? /^2/ : new RegExp(`^404 ${row.told}$`);
        const isOpen = row.open.includes(place) && !(row.judges && token !== undefined);
        const expected = isOpen ? letIn : /^401/;
        const told = row.told === undefined ? `${status}` : `${status} ${body.code}`;
        expect(told, JSON.stringify(body)).toMatch(expected);
      }
      expect(await revisions(host)).toBe(before);
    });

    it.each(places)("%s: with every set of scopes, for all plugins, some, or others", async (place) => {
      const host = hosts[place];
      // Where most is closed, with every set; elsewhere with each scope alone.
      const sets = place === "private" ? scopeSets : scopeSets.filter((set) => set.length === 1);
      const mistakes: string[] = [];
      let before = await revisions(host);
      for (const held of sets) {
        for (const reach of Object.keys(reaches) as Reach[]) {
          if (held.includes("admin") && reach !== "all") continue;
          const token = await tokenOf(host, held, reach);
          const answer = await ask(host, row, token);
          const wrong = mistake(row, place, held, reach, answer);
          if (wrong !== undefined) mistakes.push(`${held} for ${reach}: ${wrong}`);
          if (answer.status >= 300 && (await revisions(host)) !== before)
            mistakes.push(`${held} for ${reach}: changed`);
          if (!row.changes || answer.status >= 300) continue;
          await prepare(host);
          before = await revisions(host);
        }
      }
      expect(mistakes).toEqual([]);
    });
  },
);

it("the token that a refusal says to make may do it, whatever scope the refused one had", async () => {
  const host = hosts.private;
  const mistakes: string[] = [];
  for (const row of rows.filter(({ changes }) => changes)) {
    for (const held of scopeSets.filter((set) => set.length === 1)) {
      const label = `${row.route}, ${row.what ?? ""} with ${held}`;
      let scopesSaid: readonly Scope[] = held;
      let answer = await ask(host, row, await tokenOf(host, scopesSaid, "all"));
      // What the door can't know yet, namely what a body changes, takes one refusal more.
      for (let refusals = 0; answer.status === 403 && refusals < 2; refusals++) {
        const said = [...String(answer.body.remedy).matchAll(/--scope (\w+)/g)].map(([, s]) => s as Scope);
        for (const scope of said) {
          if (!String(answer.body.detail).includes(scope))
            mistakes.push(`${label}: ${scope} is not explained`);
        }
        scopesSaid = said;
        answer = await ask(host, row, await tokenOf(host, scopesSaid, "all"));
      }
      const done = row.told === undefined ? answer.status < 300 : answer.body.code === row.told;
      if (!done) mistakes.push(`${label}: ${scopesSaid} is refused: ${answer.body.detail}`);
      await prepare(host);
    }
  }
  expect(mistakes).toEqual([]);
});

it("the admin token does all of it", async () => {
  for (const place of places) {
    for (const row of rows) {
      const { status, body } = await ask(hosts[place], row, authorization.slice("Bearer ".length));
      const told = row.told === undefined ? status : body.code;
      expect(`${row.route} ${told}`).toMatch(row.told === undefined ? / 2\d\d$/ : ` ${row.told}`);
      await prepare(hosts[place]);
    }
  }
});
