/** Templates that a new plugin can begin as. */

import type { Checks } from "../../registry/deploy/checks.ts";

interface TemplateNames {
  /** Names as WIT writes them: keywords marked with `%`. */
  readonly package: string;
  readonly world: string;
  /** The id of an interface of the plugin's package, as it is imported in AssemblyScript. */
  interfaceId(name: string): string;
}

export interface TemplateFiles {
  readonly wit: string;
  /** Packages of the host's that its WIT refers to. */
  readonly needs?: readonly string[];
  /** Packages beside its WIT: paths in `wit` → texts. */
  readonly deps?: ReadonlyMap<string, string>;
  readonly source: string;
  readonly checks: Checks;
  /** Grants that the plugin needs beside those of its checks. */
  readonly grants?: Readonly<Record<string, unknown>>;
}

interface Template {
  /** Ends the sentence "A plugin that". */
  readonly summary: string;
  files(names: TemplateNames): TemplateFiles;
}

const functionTemplate: Template = {
  summary: "takes a string and returns one",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  /// A greeting for somebody.
  export greet: func(name: string) -> string;
}
`,
    source: `/** One exported function for each that wit/world.wit exports. */
export function greet(name: string): string {
  return "Hello, " + name + "!";
}
`,
    checks: {
      calls: [
        { call: "greet", args: ["Ada"], returns: "Hello, Ada!" },
        { call: "greet", args: { name: "世界" }, returns: "Hello, 世界!" },
      ],
    },
  }),
};

const clockTemplate: Template = {
  summary: "reads the clock, a capability that its host must grant",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  import wasi:clocks/wall-clock@0.2.0;

  /// The current time as RFC 3339 has it.
  export get-time: func() -> string;
}
`,
    needs: ["wasi:clocks@0.2.0"],
    source: `import { now } from "wasi:clocks/wall-clock@0.2.0";

export function getTime(): string {
  const iso = new Date(<i64>now().seconds * 1000).toISOString();
  return iso.substring(0, 19) + "Z";
}
`,
    checks: {
      settings: { grants: { clocks: { fixed: "2026-11-22T10:15:02Z" } } },
      calls: [{ call: "get-time", args: [], returns: "2026-11-22T10:15:02Z" }],
    },
  }),
};

const interfaceTemplate: Template = {
  summary: "exports an interface with records and results",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  export shop;
}

interface shop {
  record line {
    article: string,
    /// Cents.
    unit-price: u32,
    quantity: u32,
  }

  record bill {
    lines: u32,
    /// Cents.
    total: u64,
  }

  enum problem { nothing-ordered, zero-quantity }

  add-up: func(lines: list<line>) -> result<bill, problem>;
}
`,
    source: `import { Bill, Line, Problem } from "${names.interfaceId("shop")}";
import { Result } from "wit-types";

export function addUp(lines: Array<Line>): Result<Bill, Problem> {
  if (lines.length == 0) return Result.err<Bill, Problem>(Problem.NothingOrdered);
  let total: u64 = 0;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    if (line.quantity == 0) return Result.err<Bill, Problem>(Problem.ZeroQuantity);
    total += <u64>line.unitPrice * line.quantity;
  }
  return Result.ok<Bill, Problem>(new Bill(lines.length, total));
}
`,
    checks: {
      calls: [
        {
          call: "shop/add-up",
          args: [
            [
              { article: "mug", unitPrice: 1250, quantity: 2 },
              { article: "pen", unitPrice: 199, quantity: 1 },
            ],
          ],
          returns: { lines: 2, total: 2699 },
        },
        { call: "shop/add-up", args: { lines: [] }, err: "nothing-ordered" },
        {
          call: "shop/add-up",
          args: [[{ article: "mug", unitPrice: 1250, quantity: 0 }]],
          err: "zero-quantity",
        },
      ],
    },
  }),
};

const stateTemplate: Template = {
  summary: "keeps state from version to version, and is configured by its settings",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  export hotcell:plugin/lifecycle@0.1.0;
  export hotcell:plugin/state@0.1.0;

  /// Counts a visit to a page, and says how many it had.
  export visit: func(page: string) -> u32;
  /// The pages with the most visits, first the one that has most.
  export top: func() -> list<tuple<string, u32>>;
}
`,
    needs: ["hotcell:plugin@0.1.0"],
    source: `import { Result, Tuple2, Unit } from "wit-types";

const visits = new Map<string, u32>();
let length = 10;

export function visit(page: string): u32 {
  const count: u32 = (visits.has(page) ? visits.get(page) : 0) + 1;
  visits.set(page, count);
  return count;
}

export function top(): Array<Tuple2<string, u32>> {
  const pages = visits.keys();
  const list = new Array<Tuple2<string, u32>>();
  for (let i = 0; i < pages.length; i++) list.push(new Tuple2(pages[i], visits.get(pages[i])));
  list.sort((a, b) => (a.f1 == b.f1 ? 0 : a.f1 < b.f1 ? 1 : -1));
  return list.slice(0, length);
}

/** The host calls it first of all in every new cell, with the settings' \`env\`. An error refuses the upload. */
export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  for (let i = 0; i < config.length; i++) {
    if (config[i].f0 != "top") continue;
    length = <i32>parseInt(config[i].f1);
    if (length < 1) return Result.err<Unit, string>("top is " + config[i].f1 + ", and not a number from 1");
  }
  return Result.ok<Unit, string>();
}

/** Called before the version goes live. An error refuses the upload. */
export function health(): Result<Unit, string> {
  return Result.ok<Unit, string>();
}

/** Called on the live version when the next one is about to take its place; no call comes in between. */
export function save(): Uint8Array {
  const pages = visits.keys();
  let text = "";
  for (let i = 0; i < pages.length; i++) {
    text += visits.get(pages[i]).toString() + " " + encodeURIComponent(pages[i]) + "\\n";
  }
  return Uint8Array.wrap(String.UTF8.encode(text));
}

/** Called on the next version with what \`save\` gave: keep reading what older versions wrote. An error refuses the upload. */
export function restore(fromVersion: string, state: Uint8Array): Result<Unit, string> {
  const lines = String.UTF8.decode(state.buffer).split("\\n");
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] == "") continue;
    const parts = lines[i].split(" ");
    if (parts.length != 2) return Result.err<Unit, string>(fromVersion + " saved a line that is none: " + lines[i]);
    visits.set(decodeURIComponent(parts[1]), U32.parseInt(parts[0]));
  }
  return Result.ok<Unit, string>();
}
`,
    checks: {
      settings: { env: { top: "2" } },
      calls: [
        { call: "visit", args: ["/"], returns: 1 },
        { call: "visit", args: ["/prices"], returns: 1 },
        { call: "visit", args: { page: "/" }, returns: 2 },
        { call: "visit", args: ["/about us"], returns: 1 },
        {
          call: "top",
          args: [],
          returns: [
            ["/", 2],
            ["/prices", 1],
          ],
        },
      ],
    },
  }),
};

const httpTemplate: Template = {
  summary: "serves HTTP: routes, query, JSON",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  import wasi:http/types@0.2.0;
  /// The library's part: the default export of assembly/index.ts answers it.
  export wasi:http/incoming-handler@0.2.0;
}
`,
    needs: ["wasi:http@0.2.0"],
    source: `import { App, Json } from "hotcell/assembly/http";

const app = new App();

app.get("/", (c) => c.html("<h1>It works</h1>"));

app.get("/hello/:name", (c) => {
  const greeting = c.req.query("greeting");
  c.text((greeting ? greeting : "Hello") + ", " + c.req.param("name") + "!");
});

app.post("/sum", (c) => {
  const numbers = c.req.json();
  if (!numbers || !numbers.isArray) return c.status(400).text("A list of numbers is wanted.");
  let sum: f64 = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers.at(i).numberOr(0);
  c.json(Json.object().set("sum", sum));
});

/** Answers the requests that the host has for the plugin. */
export default app;
`,
    checks: {
      calls: [],
      requests: [
        {
          request: { path: "/" },
          response: { headers: { "content-type": "text/html; charset=utf-8" }, body: "<h1>It works</h1>" },
        },
        { request: { path: "/hello/Ada" }, response: { body: "Hello, Ada!" } },
        { request: { path: "/hello/Zo%C3%AB?greeting=Hi" }, response: { body: "Hi, Zoë!" } },
        {
          request: { method: "POST", path: "/sum", body: { json: [1, 2.5] } },
          response: { headers: { "content-type": "application/json" }, body: { json: { sum: 3.5 } } },
        },
        { request: { method: "POST", path: "/sum", body: "no JSON" }, response: { status: 400 } },
        { request: { path: "/nowhere" }, response: { status: 404 } },
      ],
    },
  }),
};

const fetchTemplate: Template = {
  summary: "asks other servers by HTTP, a capability that its host must grant",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  import wasi:http/outgoing-handler@0.2.0;

  /// What is at a URL, as text; or why there is none.
  export read: func(url: string) -> result<string, string>;
}
`,
    needs: ["wasi:http@0.2.0"],
    source: `import { FetchRequest } from "hotcell/assembly/fetch";
import { Result } from "wit-types";

export function read(url: string): Result<string, string> {
  const response = new FetchRequest("GET", url).header("accept", "text/*").timeout(10000).send();
  const text = response.text();
  const error = response.error;
  if (error) return Result.err<string, string>(error.message);
  if (!response.ok) return Result.err<string, string>("the status is " + response.status.toString());
  return Result.ok<string, string>(text!);
}
`,
    checks: {
      // Without the grant, so that they need no network.
      calls: [
        {
          call: "read",
          args: ["https://example.com/"],
          err: "HTTP-request-denied: GET https://example.com",
        },
        { call: "read", args: ["example.com"], err: "HTTP-request-URI-invalid: GET example.com" },
      ],
    },
    grants: { http: { allow: ["https://example.com"] } },
  }),
};

const kvTemplate: Template = {
  summary: "keeps values by key, a capability that its host must grant",
  files: (names) => ({
    wit: `package ${names.package};

world ${names.world} {
  import wasi:keyvalue/store@0.2.0-draft2;
  import wasi:keyvalue/atomics@0.2.0-draft2;
  import wasi:keyvalue/batch@0.2.0-draft2;

  /// Keeps a note, and says how often there was one under that name.
  export keep: func(name: string, note: string) -> s64;
  export read: func(name: string) -> option<string>;
}
`,
    needs: ["wasi:keyvalue@0.2.0-draft2"],
    source: `import { KvBucket } from "hotcell/assembly/kv";

const notes = new KvBucket();

export function keep(name: string, note: string): i64 {
  notes.set("note:" + name, note);
  return notes.increment("kept:" + name);
}

export function read(name: string): string | null {
  return notes.get("note:" + name);
}
`,
    checks: {
      settings: { grants: { kv: true } },
      calls: [
        { call: "read", args: ["Ada"], returns: null },
        { call: "keep", args: ["Ada", "Likes tea."], returns: 1 },
        { call: "keep", args: { name: "Ada", note: "Likes 茶." }, returns: 2 },
        { call: "read", args: ["Ada"], returns: "Likes 茶." },
      ],
    },
  }),
};

export const templates: ReadonlyMap<string, Template> = new Map([
  ["function", functionTemplate],
  ["clock", clockTemplate],
  ["interface", interfaceTemplate],
  ["state", stateTemplate],
  ["http", httpTemplate],
  ["fetch", fetchTemplate],
  ["kv", kvTemplate],
]);

export const templateNames = [...templates.keys()] as [string, ...string[]];
