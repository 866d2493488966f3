import { expect, test } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import type { HostImports } from "../../host/engine/engine.ts";
import { ComponentError } from "../../host/errors.ts";
import { printWorld } from "../../host/wit/text/print.ts";
import { exampleWasm } from "../support/examples.ts";

/** Just enough of wasi:http and wasi:io, kept in memory, with their rules about children and parents. */
class Child {
  readonly #parent: Child | undefined;
  #children = 0;
  #gone = false;
  static live = 0;

  constructor(parent?: Child) {
    this.#parent = parent;
    if (parent) parent.#children++;
    Child.live++;
  }
  /** It is dropped, or passed on for good. */
  end(): void {
    if (this.#gone) throw new Error("dropped twice");
    if (this.#children > 0) throw new Error("dropped before its children");
    this.#gone = true;
    if (this.#parent) this.#parent.#children--;
    Child.live--;
  }
  [Symbol.dispose](): void {
    this.end();
  }
}

class IoError extends Child {}

class InputStream extends Child {
  readonly #pieces: Uint8Array[];
  readonly #breaks: boolean;
  constructor(parent: Child, pieces: Uint8Array[], breaks: boolean) {
    super(parent);
    this.#pieces = pieces;
    this.#breaks = breaks;
  }
  blockingRead(): Uint8Array {
    const piece = this.#pieces.shift();
    if (piece) return piece;
    if (!this.#breaks) throw new ComponentError({ tag: "closed" }, "The end.");
    throw new ComponentError({ tag: "last-operation-failed", val: new IoError() }, "The line is dead.");
  }
}

class OutputStream extends Child {
  readonly pieces: Uint8Array[];
  constructor(parent: Child, pieces: Uint8Array[]) {
    super(parent);
    this.pieces = pieces;
  }
  blockingWriteAndFlush(piece: Uint8Array): void {
    if (piece.length > 4096) throw new Error("more than 4096 bytes at once");
    if (this.pieces.length === 5) throw new ComponentError({ tag: "closed" }, "The reader has left.");
    this.pieces.push(piece.slice());
  }
}

class Fields extends Child {
  readonly entries: Map<string, Uint8Array[]>;
  constructor(entries?: Map<string, Uint8Array[]>, parent?: Child) {
    super(parent);
    this.entries = entries ?? new Map();
  }
  get(name: string): Uint8Array[] {
    return this.entries.get(name) ?? [];
  }
  set(name: string, values: Uint8Array[]): void {
    this.entries.set(name, values);
  }
}

interface Asked {
  readonly method: string;
  readonly target?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly string[];
  readonly breaks?: boolean;
}

class IncomingBody extends Child {
  readonly #asked: Asked;
  constructor(parent: Child, asked: Asked) {
    super(parent);
    this.#asked = asked;
  }
  stream(): InputStream {
    const pieces = (this.#asked.body ?? []).map((text) => new TextEncoder().encode(text));
    return new InputStream(this, pieces, this.#asked.breaks ?? false);
  }
}

class IncomingRequest extends Child {
  readonly #asked: Asked;
  constructor(asked: Asked) {
    super();
    this.#asked = asked;
  }
  method(): unknown {
    const { method } = this.#asked;
    return method === "BREW" ? { tag: "other", val: method } : { tag: method.toLowerCase() };
  }
  pathWithQuery(): string | undefined {
    return this.#asked.target;
  }
  headers(): Fields {
    const entries = Object.entries(this.#asked.headers ?? {});
    return new Fields(
      new Map(entries.map(([name, value]) => [name, [new TextEncoder().encode(value)]])),
      this,
    );
  }
  consume(): IncomingBody {
    return new IncomingBody(this, this.#asked);
  }
}

class OutgoingBody extends Child {
  readonly pieces: Uint8Array[] = [];
  finished = false;
  write(): OutputStream {
    return new OutputStream(this, this.pieces);
  }
  static finish(body: OutgoingBody): void {
    body.end();
    body.finished = true;
  }
}

class OutgoingResponse extends Child {
  status = 200;
  readonly fields: Fields;
  readonly content = new OutgoingBody();
  constructor(fields: Fields) {
    super();
    fields.end();
    this.fields = fields;
  }
  setStatusCode(status: number): void {
    this.status = status;
  }
  body(): OutgoingBody {
    return this.content;
  }
}

class ResponseOutparam extends Child {
  response: OutgoingResponse | undefined;
  static set(out: ResponseOutparam, { val }: { val: OutgoingResponse }): void {
    out.end();
    val.end();
    out.response = val;
  }
}

const imports = {
  "wasi:io/error@0.2.0": { Error: IoError },
  "wasi:io/streams@0.2.0": { InputStream, OutputStream },
  "wasi:http/types@0.2.0": {
    Fields,
    IncomingRequest,
    IncomingBody,
    OutgoingBody,
    OutgoingResponse,
    ResponseOutparam,
  },
} as unknown as HostImports;

const component = inspectComponent(exampleWasm("router"));
const cell = (await createDirectEngine().compile(component)).instantiate(imports);

function ask(asked: Asked) {
  const out = new ResponseOutparam();
  cell.function("wasi:http/incoming-handler@0.2.0#handle")(new IncomingRequest(asked), out);
  const { status, fields, content } = out.response!;
  expect(content.finished).toBe(true);
  const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
  return {
    status,
    type: decode(fields.get("content-type")[0]),
    pieces: content.pieces.map(decode),
    body: content.pieces.map(decode).join(""),
  };
}

test("is a component for any host that serves wasi:http", () => {
  const wit = printWorld(component.world);
  expect(wit).toContain("export wasi:http/incoming-handler@0.2.0");
  expect(wit).toContain("import wasi:http/types@0.2.0");
});

test.each<[Asked, object]>([
  [
    { method: "GET", target: "/" },
    { status: 200, body: "GET /\nGET /hello/*\nPOST /echo\nPOST /words\nGET /countdown\n" },
  ],
  [{ method: "GET" }, { status: 200 }],
  [
    { method: "GET", target: "/hello/Zo%C3%AB" },
    { status: 200, body: "Hello, Zoë!" },
  ],
  [
    { method: "GET", target: "/nowhere?a=b" },
    { status: 404, body: "Nothing is here." },
  ],
  [
    { method: "BREW", target: "/echo" },
    { status: 405, type: "text/plain; charset=utf-8" },
  ],
  [
    {
      method: "POST",
      target: "/echo",
      headers: { "content-type": "text/markdown" },
      body: ["# é", "🌍", "x".repeat(9000)],
    },
    { status: 200, type: "text/markdown", body: `# é🌍${"x".repeat(9000)}` },
  ],
  [
    { method: "POST", target: "/echo" },
    { status: 200, type: "application/octet-stream", body: "" },
  ],
  [
    { method: "POST", target: "/words", body: ["two  wo", "rds"] },
    { status: 200, type: "application/json", body: '{"words":2,"units":10}' },
  ],
  [
    { method: "GET", target: "/countdown?x=1&from=3" },
    { status: 200, pieces: ["3\n", "2\n", "1\n"] },
  ],
  // The reader leaves after five pieces.
  [
    { method: "GET", target: "/countdown?from=1000" },
    { pieces: ["1000\n", "999\n", "998\n", "997\n", "996\n"] },
  ],
  [{ method: "GET", target: "/countdown?from=no" }, { status: 400 }],
])("%j", (asked, expected) => {
  expect(ask(asked)).toMatchObject(expected);
  // Whatever it was handed or made is dropped or passed on.
  expect(Child.live).toBe(0);
});

test("a body that breaks off is answered with an error", () => {
  const asked = { method: "POST", target: "/echo", body: ["half"], breaks: true };
  expect(ask(asked)).toMatchObject({ status: 400, body: "The request's body broke off." });
  expect(Child.live).toBe(0);
});
