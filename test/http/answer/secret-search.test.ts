/**
 * Marked secrets in every place of settings that can have one, through every stage of a plugin's life; then all that the
 * host has said is searched for them: every route that the app has, with several tokens, the event stream, the log,
 * faults, errors and records as embedders get them, and the files.
 */

import { mkdtemp, mkdtempDisposable, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LogLine } from "../../../host/backends/log/log-line.ts";
import { blabber } from "../../guests/blabber.ts";
import { sample } from "../../guests/small-plugins.ts";
import {
  type LeakingRegistry,
  registrySecrets,
  startLeakingRegistry,
} from "../../sources/oci/leaking-registry.ts";
import { until } from "../../support/processes.ts";
import { type Finding, SecretSearch } from "../../support/secret-search.ts";
import {
  type Answer,
  authorization,
  startTestHost,
  type TestHost,
  type TestHostOptions,
} from "../../support/test-host.ts";

const [v1, v2, v3] = await Promise.all([1, 2, 3].map(blabber));

/** Each of another kind; `generation` makes others of them. */
const secretsOf = (generation: string): Record<string, string> => ({
  "x-line": `Kq4Zv8Wn${generation}Xt6Jb3Rm9Lp2Hd`,
  "x-lines": `-----BEGIN-----\nVg5Ty7Ub${generation}Cx9Mk1Qs\r\nBn3Ge8Wa${generation}Zr4Fj6Dl\n-----END-----\n`,
  "x-quoted": `Jw"2\\Hk/5${generation}Ps'8Yt&1<Oi>`,
  "x-odd": `Ée💡Nm3  Gt7\tLq${generation}Rv9\u202eXc`,
});
const generations = ["one", "two", "three", "four", "five", "old", "checks"];
/** Credential that a grant brings. */
const credentialOf = (generation: string) => `Ht5Zq8Wm${generation}Dx6Jb2Rn0Yc`;
const marked = generations.flatMap((generation) => [
  ...Object.values(secretsOf(generation)),
  credentialOf(generation),
]);

const envOf = (generation: string, more: object = {}) => ({
  ...Object.fromEntries(Object.entries(secretsOf(generation)).map(([name, secret]) => [name, { secret }])),
  ...more,
});
const grantsOf = (generation: string) => ({
  logging: true,
  http: {
    allow: ["https://api.example.com/*"],
    secrets: {
      "https://api.example.com": {
        header: "authorization",
        value: { secret: `Bearer ${credentialOf(generation)}` },
      },
    },
  },
});
const settingsOf = (generation: string, more: object = {}) => ({
  grants: grantsOf(generation),
  limits: { logBytes: 10_000_000 },
  env: envOf(generation),
  ...more,
});
const json = { "content-type": "application/json" };

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-search-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(data, { recursive: true, force: true });
});

/** A host of which nothing that it says is missed. */
class Watched {
  readonly search: SecretSearch;
  readonly #options: TestHostOptions;
  host!: TestHost;
  #tokens: readonly (string | undefined)[] = [];
  #stage = "at first";
  #events: Promise<void> = Promise.resolve();
  #cut = new AbortController();

  constructor(search: SecretSearch, options: TestHostOptions = {}) {
    this.search = search;
    this.#options = options;
  }

  async start(): Promise<void> {
    const log = (line: LogLine) => {
      this.search.addLine(line.message);
      this.search.add("log option", JSON.stringify(line) + inspect(line));
    };
    const host = await startTestHost({ data, log, privateCalls: true, ...this.#options });
    this.host = host;
    const made = ["read", "deploy", "call"].map((scope) => host.tokens.create({ scopes: [scope] }, "admin"));
    const tokens = await Promise.all(made);
    this.#tokens = [undefined, authorization, ...tokens.map(({ token }) => `Bearer ${token}`)];
    this.#cut = new AbortController();
    this.#events = this.#follow(host.url, this.#cut.signal);
  }

  /** With all that is stored told to whoever listens. */
  async stop(): Promise<void> {
    const { last } = await this.host.store.eventRange();
    await until(() => this.#seen >= last);
    this.#cut.abort();
    await this.#events;
    for (const fault of this.host.faults) this.search.add("a fault", inspect(fault, { depth: 9 }));
    await this.host.close();
  }

  #seen = 0;

  /** Every event from the first on, as text. */
  async #follow(url: string, signal: AbortSignal): Promise<void> {
    this.#seen = 0;
    const headers = { authorization, "last-event-id": "0" };
    const answer = await fetch(`${url}/events`, { headers, signal });
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const chunk of answer.body!) {
        text += decoder.decode(chunk, { stream: true });
        for (const [, id] of text.matchAll(/^id: (\d+)$/gm)) this.#seen = Number(id);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    this.search.add("the event stream", text);
  }

  async send(method: string, path: string, options: Parameters<TestHost["send"]>[2] = {}): Promise<Answer> {
    const answer = await this.host.send(method, path, options);
    const headers = JSON.stringify([...answer.headers]);
    this.search.add(`${method} ${path} (${this.#stage})`, answer.text + headers);
    return answer;
  }

  upload(bytes: Uint8Array, fields: Record<string, unknown> = {}, query = "", token = authorization) {
    const body = new FormData();
    body.set("plugin", new Blob([bytes as Uint8Array<ArrayBuffer>]), "plugin.wasm");
    body.append("files", new Blob(["<h1>Hi</h1>"]), "page.html");
    for (const [name, value] of Object.entries(fields)) body.set(name, JSON.stringify(value));
    return this.send("PUT", `/plugins/p${query}`, { body, headers: { authorization: token } });
  }

  patch(patch: unknown) {
    return this.send("PATCH", "/plugins/p", { body: JSON.stringify(patch), headers: json });
  }

  call(path: string, args: unknown) {
    return this.send("POST", `/call/p/${path}`, { body: JSON.stringify(args), headers: json });
  }

  /** What embedders are given or thrown, as they would print it. */
  async embedded(what: string, work: () => unknown): Promise<void> {
    const given = await Promise.resolve()
      .then(work)
      .catch((thrown: unknown) => thrown);
    this.search.add(`embedded: ${what} (${this.#stage})`, inspect(given, { depth: 12, showHidden: true }));
    this.search.add(`embedded: ${what} (${this.#stage})`, `${given}${JSON.stringify(given)}`);
  }

  /** Asks every route that there is, as everybody. What would change something is asked so that it is refused. */
  async sweep(stage: string): Promise<void> {
    this.#stage = stage;
    const { registry, store, routes } = this.host;
    const deployed = registry.list().some(({ name }) => name === "p");
    const digests = deployed ? (await registry.versions("p")).map(({ version }) => version) : ["sha256:none"];
    const functions = ["version", "log-it", "abort-after", "print-after", "missing"];
    const values: Record<string, readonly string[]> = {
      name: ["p", "missing"],
      "name{(?!@|%40)[^/]+}": ["p", "missing"],
      "contract{(?:@|%40)[^/]+}": ["@missing"],
      digest: digests,
      id: ["000000000000"],
      "function{.+}": functions,
      bucket: ["default", "missing"],
      key: ["missing"],
      contract: ["missing"],
      code: ["trap", "missing"],
      "path{.+}": ["page.html", "missing"],
      "file{.+}": ["index.html", "missing"],
    };
    const known = [
      ...new Set(routes.filter(({ method }) => method !== "ALL").map((r) => `${r.method} ${r.path}`)),
    ];
    for (const route of known) {
      const [method = "", path = ""] = route.split(" ");
      // Followed from the first event to the last beside all this.
      if (path === "/events") continue;
      for (const filled of pathsOf(path, values)) {
        const from = `?from=${digests.at(-1)}`;
        const query = path.endsWith("/diff") ? from : "";
        for (const token of this.#tokens) {
          const headers = {
            ...(token !== undefined && { authorization: token }),
            ...(method !== "GET" && { ...json, "if-match": '"999"' }),
          };
          const sent = { headers, anonymous: true, ...(method !== "GET" && { body: '{"limits":[true]}' }) };
          await this.send(method, filled + query, sent);
        }
      }
    }
    if (deployed) await this.embedded("details", () => registry.details("p"));
    await this.embedded("list", () => registry.list());
    await this.embedded("versions", () => registry.versions("p"));
    await this.embedded("deployments", () => registry.deployments("p"));
    await this.embedded("what the store lists", () => store.list());
    await this.embedded("what the store has of the past", () => store.deployments("p"));
    await this.embedded("events", () => store.events({ limit: 100_000 }));
  }
}

/** Throws for a parameter that nobody has thought of. */
function pathsOf(path: string, values: Readonly<Record<string, readonly string[]>>): string[] {
  const parameter = /:(\w+(?:\{[^}]*\})?)/.exec(path);
  if (!parameter) return [path];
  const [whole, name = ""] = parameter;
  const given = values[name];
  if (!given) throw new Error(`The search knows no value for ${whole} of ${path}: give it one.`);
  return given.flatMap((value) => pathsOf(path.replace(whole, encodeURIComponent(value)), values));
}

/** All bytes in the data folder. */
async function addFiles(search: SecretSearch): Promise<void> {
  // All but room that is kept free: it holds nothing, and is large.
  const names = (await readdir(data)).filter((name) => !name.endsWith(".reserve"));
  for (const name of names) {
    const bytes = await readFile(join(data, name));
    search.add(`the file ${name}`, bytes.toString("latin1"));
    search.add(`the file ${name}`, bytes.toString());
  }
}

/** A plugin's whole life. What it says of itself on purpose, which is its own, is asked at no time. */
async function live(watched: Watched, placement: string, leaking: LeakingRegistry): Promise<void> {
  const { search } = watched;
  const failing = (stage: string, how: string) => ({ env: { [stage]: how, pad: "490" } });
  await watched.start();

  const checks = { settings: settingsOf("checks"), calls: [{ call: "version", returns: "label-00000001" }] };
  const created = await watched.upload(v1!, { settings: settingsOf("one", { placement }), checks });
  expect(created.status).toBe(201);
  await watched.sweep("created");
  await addFiles(new SecretSearch([]));

  // Calls: what it logs, prints, and says when it aborts.
  expect((await watched.call("log-it", [])).status).toBe(204);
  for (const before of [0, 8182, 8191]) await watched.call("print-after", [before, 5]);
  for (const before of [0, 480, 499]) expect((await watched.call("abort-after", [before])).status).toBe(502);
  for (const wrong of [[1], ["x"], {}]) await watched.call("abort-after", wrong);
  await watched.sweep("called");

  // Uploads that come to nothing, each at another stage.
  const refusedAs = async (code: string, answer: Promise<Answer>) =>
    expect((await answer).json).toMatchObject({ code });
  const token = `Bearer ${(await watched.host.tokens.create({ scopes: ["deploy"] }, "admin")).token}`;
  const own = {
    calls: [
      { call: "tell", returns: "?" },
      { call: "refuse", returns: "?" },
      { call: "abort-after", args: [0] },
    ],
  };
  await refusedAs("checks-failed", watched.upload(v2!));
  await refusedAs("checks-failed", watched.upload(v2!, { checks: own }));
  await refusedAs("checks-failed", watched.upload(v2!, { checks: own }, "", token));
  expect((await watched.upload(v2!, { checks: { calls: [] } })).status).toBe(200);
  await refusedAs("incompatible", watched.upload(sample()));
  await refusedAs("import-not-granted", watched.patch({ grants: { logging: false } }));
  await refusedAs("malformed-component", watched.upload(v2!.slice(0, 100)));
  await refusedAs("component-limit", watched.patch({ limits: { componentBytes: 100 } }));
  for (const how of ["err", "trap"]) {
    await refusedAs(how === "err" ? "init-failed" : "trial-failed", watched.patch(failing("init", how)));
    await refusedAs("unhealthy", watched.patch(failing("health", how)));
    await refusedAs("restore-failed", watched.patch(failing("restore", how)));
  }
  expect((await watched.patch({ env: { save: "trap", pad: "490" } })).status).toBe(200);
  await refusedAs("save-failed", watched.upload(v3!));
  // Which is so until it is gone.
  await watched.send("DELETE", "/plugins/p");
  const again = { settings: settingsOf("one", { placement }) };
  expect((await watched.upload(v2!, again)).status).toBe(201);
  for (const wrong of wrongSettings("one")) {
    await refusedAs("bad-settings", watched.patch(wrong));
    await refusedAs("bad-settings", watched.upload(v2!, { settings: wrong }));
    await watched.embedded("a refusal", () =>
      watched.host.registry.configure("p", wrong as Record<string, unknown>),
    );
  }
  await watched.send("PATCH", "/plugins/p", {
    body: `{"env":${JSON.stringify(envOf("one"))}`,
    headers: json,
  });
  for (const oci of leaking.references) {
    const pulled = { body: JSON.stringify({ oci }), headers: json };
    expect((await watched.send("PUT", "/plugins/p", pulled)).status).toBeGreaterThanOrEqual(400);
    await watched.embedded("a pull", () => watched.host.host.pull(oci));
    expect((await watched.patch({ source: { oci } })).status).toBe(200);
    await watched.send("POST", "/plugins/p/source/check");
    await watched.embedded("a look", () => watched.host.host.checkSource("p"));
  }
  // It was told all of it.
  expect(leaking.asked.filter((asked) => asked.includes(registrySecrets[1]!)).length).toBeGreaterThan(20);
  await watched.sweep("refused");
  expect((await watched.patch({ source: null })).status).toBe(200);

  // Swapped, planned, rotated, rolled back.
  await watched.upload(v3!, { settings: settingsOf("two", { placement }) }, "?dry-run");
  expect((await watched.upload(v3!, { settings: settingsOf("two", { placement }) })).status).toBe(200);
  await watched.sweep("swapped");
  expect((await watched.patch({ env: envOf("three"), grants: grantsOf("three") })).status).toBe(200);
  await watched.call("log-it", []);
  await watched.embedded("a deployment", () =>
    watched.host.registry.configure("p", { env: envOf("four"), grants: grantsOf("four") }),
  );
  await watched.call("log-it", []);
  await watched.sweep("rotated");
  expect((await watched.send("POST", "/plugins/p/rollback")).status).toBe(200);
  await watched.call("log-it", []);
  await watched.sweep("rolled back");

  // The host starts again.
  await watched.stop();
  await watched.start();
  await watched.call("log-it", []);
  await watched.sweep("started again");

  // The secrets are taken away, then the plugin; another comes under its name.
  const none = Object.fromEntries(Object.keys(secretsOf("")).map((name) => [name, null]));
  expect((await watched.patch({ env: none, grants: { http: false } })).status).toBe(200);
  await watched.sweep("without secrets");
  await addFiles(search);
  expect((await watched.patch({ env: envOf("five"), grants: grantsOf("five") })).status).toBe(200);
  expect((await watched.send("DELETE", "/plugins/p")).status).toBe(204);
  await watched.sweep("removed");
  await addFiles(search);
  expect((await watched.upload(v1!, { settings: settingsOf("one", { placement }) })).status).toBe(201);
  await watched.sweep("created again");
  await watched.send("DELETE", "/plugins/p");
  await watched.stop();
  await addFiles(search);
}

/** Secrets where they don't belong. */
function wrongSettings(generation: string): unknown[] {
  const [secret = ""] = Object.values(secretsOf(generation));
  return [
    { env: { KEY: { secret, more: 1 } } },
    { env: { KEY: { secert: secret } } },
    { env: { KEY: [secret] } },
    { env: { KEY: { secret: [secret] } } },
    { env: secret },
    { env: { KEY: { secret: `${secret}\ud800` } } },
    { env: { KEY: { secret: secret.repeat(2_000) } } },
    { grants: secret },
    { grants: { logging: { secret } } },
    { grants: { http: { secret } } },
    { grants: { http: { ...grantsOf(generation).http, secret } } },
    { grants: { http: { allow: [credentialOf(generation)] } } },
    { grants: { clocks: { secret } } },
    { grants: { logging: secret } },
    { limits: { env: { KEY: { secret } } } },
  ];
}

const found = (findings: readonly Finding[]) => findings.slice(0, 10);

describe.each(["inline", "process"])(
  "what a host says of a plugin's secrets, %s",
  { timeout: 600_000 },
  (placement) => {
    it("is nothing, through all its life", async () => {
      const said: string[] = [];
      for (const level of ["error", "warn", "log"])
        vi.spyOn(console, level as "error").mockImplementation(
          (...args) => void said.push(inspect(args, { depth: 9 })),
        );
      await using folder = await mkdtempDisposable(join(tmpdir(), "hotcell-registry-"));
      const leaking = await startLeakingRegistry(folder.path);
      const { registryAuth } = leaking;
      const registries = { registries: [leaking.url], registryAuth };
      const watched = new Watched(new SecretSearch([...marked, ...registrySecrets]), registries);
      await live(watched, placement, leaking);
      await leaking.close();
      for (const text of said) watched.search.add("the console", text);
      expect(found(watched.search.findings())).toEqual([]);
      // It has looked where it was to look.
      const places = [...watched.search.places].join("\n");
      for (const place of [
        "deployments (removed)",
        "diff?from=",
        "log option",
        "the event stream",
        "the file hotcell.db",
      ])
        expect(places).toContain(place);
    });
  },
);

describe("a store that an earlier Hotcell wrote", () => {
  it("tells nothing of the secrets that it kept", async () => {
    const schema = await readFile(new URL("../../store/fixtures/schema-1.sql", import.meta.url), "utf8");
    const file = join(data, "hotcell.db");
    await writeFile(file, "");
    const db = new DatabaseSync(file);
    db.exec(schema.split("INSERT")[0]!);
    const at = new Date(0).toISOString();
    const old = JSON.stringify(settingsOf("old"));
    const history = db.prepare("INSERT INTO deployments VALUES ('p', ?, NULL, 'swapped', NULL, ?, ?, '{}')");
    db.prepare("INSERT INTO plugins VALUES ('p', 2, NULL, 'null', 'null', ?)").run(at);
    history.run(1, at, old);
    history.run(2, at, "null");
    for (const secret of Object.values(secretsOf("old")))
      db.prepare("INSERT INTO events (at, kind, plugin, data) VALUES (?, 'log', 'p', ?)").run(
        at,
        JSON.stringify({ level: "info", message: `told ${secret.slice(0, 12)}… (10 more characters)` }),
      );
    db.close();
    const watched = new Watched(new SecretSearch(marked));
    await watched.start();
    await watched.sweep("migrated");
    await watched.stop();
    await addFiles(watched.search);
    expect(found(watched.search.findings())).toEqual([]);
  });
});

describe("the search", () => {
  it("finds a leak in a route that was added on purpose, without being told of the route", async () => {
    const watched = new Watched(new SecretSearch(marked), {
      addRoutes: (app) => {
        app.get("/plugins/:name/leak", async (c) => {
          const db = new DatabaseSync(join(data, "hotcell.db"), { readOnly: true });
          const row = db.prepare("SELECT settings FROM plugins WHERE name = ?").get(c.req.param("name"));
          db.close();
          return c.json(row ?? null);
        });
      },
    });
    await watched.start();
    expect((await watched.upload(v1!, { settings: settingsOf("one") })).status).toBe(201);
    await watched.sweep("created");
    await watched.stop();
    const findings = watched.search.findings();
    expect(findings.length).toBeGreaterThan(0);
    for (const { where } of findings) expect(where).toBe("GET /plugins/p/leak (created)");
  });

  it("finds what a plugin tells on purpose, and the row that restarts it", async () => {
    const watched = new Watched(new SecretSearch(marked));
    await watched.start();
    await watched.upload(v1!, { settings: settingsOf("one") });
    await watched.call("tell", []);
    await watched.stop();
    await addFiles(watched.search);
    const places = new Set(watched.search.findings().map(({ where }) => where));
    expect(places).toEqual(new Set(["POST /call/p/tell (at first)", "the file hotcell.db"]));
  });

  it("asks for a value for every parameter of a route", () => {
    expect(() => pathsOf("/plugins/:name/:unheard-of", { name: ["p"] })).toThrow(
      /knows no value for :unheard/,
    );
    expect(pathsOf("/a/:name/:digest", { name: ["p", "q"], digest: ["d"] })).toEqual(["/a/p/d", "/a/q/d"]);
  });
});
