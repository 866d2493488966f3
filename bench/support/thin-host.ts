/**
 * The least that a host of a sealed guest can do: the hello plugin by hand, metered as always, with the imports that it calls answered
 * by the thinnest JavaScript that still checks what sealing needs (handles and their types, places in memory), and its memory put
 * back. Without access, limits, counters, errors that say anything, or another plugin: what `fresh` and `shared` could cost at best.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspectComponent } from "../../host/component/inspect.ts";
import { Fuel } from "../../host/engine/fuel/tank.ts";
import { harden } from "../../host/harden/harden.ts";
import { roomImport, roomModule, stateExport } from "../../host/harden/reserved.ts";

const budget = 1e9;

/** Kinds of handles, by which the table of a cell knows what each is. */
const kinds = { request: 1, out: 2, fields: 3, response: 4, body: 5, stream: 6 } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

interface Answer {
  readonly fields: (string | Uint8Array)[];
  body: Uint8Array | undefined;
}

type Core = (...values: number[]) => number | undefined;

/** Port of a server that answers each request with what the plugin makes of it. */
export async function serveThinly(component: Uint8Array, fresh: boolean): Promise<number> {
  const guest = thinGuest(component, fresh);
  let gathered: ServerResponse[] = [];
  const handleAll = () => {
    const responses = gathered;
    gathered = [];
    const answers = responses.map(() => guest());
    for (const [i, response] of responses.entries()) {
      const { fields, body } = answers[i]!;
      const texts = fields.map((part) => (typeof part === "string" ? part : latin1(part)));
      response.writeHead(200, texts);
      response.end(latin1(body!), "latin1");
    }
  };
  const server = createServer((_, response) => {
    if (gathered.push(response) === 1) setImmediate(handleAll);
  });
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  return (server.address() as AddressInfo).port;
}

function thinGuest(component: Uint8Array, fresh: boolean): () => Answer {
  const fuel = new Fuel();
  const room = new WebAssembly.Global({ value: "i32", mutable: true }, 1_000);
  const always = { ...fuel.imports, [roomModule]: { [roomImport]: room } };
  const [main, shim, fixups] = inspectComponent(component).coreModules.map(
    ({ bytes }) => new WebAssembly.Module(harden(bytes).bytes as Uint8Array<ArrayBuffer>),
  );
  const reps: unknown[] = [undefined];
  const types: number[] = [0];
  const free: number[] = [];
  const add = (kind: Kind, rep: unknown) => {
    const index = free.pop() ?? reps.length;
    reps[index] = rep;
    types[index] = kind;
    return index;
  };
  const get = <T>(kind: Kind, index: number) => {
    if (types[index] !== kind) throw new Error("no such handle");
    return reps[index] as T;
  };
  const take = <T>(kind: Kind, index: number) => {
    const rep = get<T>(kind, index);
    types[index] = 0;
    free.push(index);
    return rep;
  };
  let u8 = new Uint8Array(0);
  let view = new DataView(u8.buffer);
  let buffer = Buffer.alloc(0);
  const check = (pointer: number, alignment: number, size: number) => {
    if ((pointer & (alignment - 1)) !== 0 || pointer + size > u8.length) throw new Error("no such place");
  };
  const bytes = (pointer: number, length: number) => {
    check(pointer, 1, length);
    return u8.slice(pointer, pointer + length);
  };
  const handle = (pointer: number, index: number) => {
    check(pointer, 4, 8);
    u8[pointer] = 0;
    view.setUint32(pointer + 4, index, true);
  };
  let answer: Answer | undefined;
  const functions: Readonly<Record<string, (...values: never[]) => unknown>> = {
    "[resource-drop]incoming-request": (index: number) => void take(kinds.request, index),
    "[constructor]fields": () => add(kinds.fields, []),
    "[method]fields.set": (
      self: number,
      at: number,
      size: number,
      list: number,
      count: number,
      to: number,
    ) => {
      const fields = get<Answer["fields"]>(kinds.fields, self);
      check(at, 2, 2 * size);
      const name = buffer.toString("utf16le", at, at + 2 * size);
      if (!name.isWellFormed()) throw new Error("no text");
      check(list, 4, 8 * count);
      for (let i = list; i < list + 8 * count; i += 8)
        fields.push(name, bytes(view.getUint32(i, true), view.getUint32(i + 4, true)));
      check(to, 1, 2);
      u8[to] = 0;
    },
    "[constructor]outgoing-response": (fields: number) =>
      add(kinds.response, { fields: take(kinds.fields, fields), body: undefined }),
    "[method]outgoing-response.body": (self: number, to: number) =>
      handle(to, add(kinds.body, get(kinds.response, self))),
    "[static]response-outparam.set": (
      ...[out, tag, response]: [number, number, number, number, bigint, number, number, number, number]
    ) => {
      take(kinds.out, out);
      if (tag !== 0) throw new Error("an error");
      answer = take(kinds.response, response);
    },
    "[method]outgoing-body.write": (self: number, to: number) =>
      handle(to, add(kinds.stream, get(kinds.body, self))),
    "[method]output-stream.check-write": (self: number, to: number) => {
      get(kinds.stream, self);
      check(to, 8, 16);
      u8[to] = 0;
      view.setUint32(to + 8, 1 << 16, true);
      view.setUint32(to + 12, 0, true);
    },
    "[method]output-stream.write": (self: number, at: number, size: number, to: number) => {
      get<Answer>(kinds.stream, self).body = bytes(at, size);
      check(to, 4, 12);
      u8[to] = 0;
    },
    "[resource-drop]output-stream": (index: number) => void take(kinds.stream, index),
    "[static]outgoing-body.finish": (self: number, _some: number, _trailers: number, to: number) => {
      take(kinds.body, self);
      check(to, 8, 40);
      u8[to] = 0;
    },
  };
  // Those that write to memory go through a table, which is filled when there is one.
  const shimmed = new WebAssembly.Instance(shim!, always).exports as Record<string, unknown>;
  const imported = WebAssembly.Module.imports(main!).filter(
    ({ kind, module }) => kind === "function" && module !== "\u0000hotcell",
  );
  const late = imported
    .map(({ name }) => name)
    .filter((name) => !/^\[(?:resource-drop|constructor)\]/.test(name));
  const imports: Record<string, Record<string, unknown>> = { ...always };
  for (const { module, name } of imported) {
    imports[module] ??= {};
    imports[module][name] = late.includes(name) ? shimmed[late.indexOf(name)] : functions[name];
  }
  fuel.set(budget);
  const core = new WebAssembly.Instance(main!, imports as WebAssembly.Imports).exports as Record<
    string,
    unknown
  >;
  const actual = Object.fromEntries(late.map((name, i) => [i, functions[name]]));
  new WebAssembly.Instance(fixups!, { ...always, actual, main: core, shim: shimmed } as WebAssembly.Imports);
  (core._initialize as Core)();
  u8 = new Uint8Array((core.memory as WebAssembly.Memory).buffer);
  view = new DataView(u8.buffer);
  buffer = Buffer.from(u8.buffer);
  const state = core[stateExport] as Core;
  state(1);
  const pristine = u8.slice();
  const respond = core["wasi:http/incoming-handler@0.2.0#handle"] as Core;
  return () => {
    fuel.set(budget);
    respond(add(kinds.request, undefined), add(kinds.out, undefined));
    fuel.get();
    if (fresh) {
      state(0);
      u8.set(pristine);
    }
    reps.length = types.length = 1;
    free.length = 0;
    return answer!;
  };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
