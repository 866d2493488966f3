/** Bindings as an editor takes them: TypeScript's compiler, and its language server as editors talk to it. */

import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { finished, root, startNode } from "../support/cli.ts";
import { build, removeTemporaryFolders } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const tsc = join(root, "node_modules/typescript/bin/tsc");

const files = {
  "wit/world.wit": `package demo:editor;
    interface store {
      flags perms { read, write, run }
      enum colour { red, dark-green }
      variant shape { circle(f32), none }
      record item { name: string, %default: u8, perms: perms, at: option<u32> }
      resource canvas { constructor(title: string); add: func(shape: shape) -> u32; }
      open: func(name: string, perms: perms) -> result<canvas, string>;
    }
    interface draw {
      use store.{shape};
      resource sketch { constructor(title: string); add: func(shape: shape) -> u32; }
      copy: func(sketch: borrow<sketch>) -> sketch;
    }
    world editor { import store; export draw; export pick: func(n: u8) -> u8; }`,
  "assembly/index.ts": `
    import { Canvas, Colour, Item, open, Perms, Shape } from "demo:editor/store";
    import { Option } from "wit-types";

    export class Sketch {
      constructor(public title: string) {}
      add(shape: Shape): u32 { return shape.isCircle ? <u32>shape.asCircle() : 0; }
    }
    export function copy(sketch: Sketch): Sketch { return new Sketch(sketch.title); }

    function colourOf(n: u8): Colour { return n > 1 ? Colour.DarkGreen : Colour.Red; }

    export function pick(n: u8): u8 {
      let perms: Perms = 0;
      perms |= Perms.Read;
      const both: Perms = Perms.Read | Perms.Write;
      if ((perms & both) == 0) return 0;
      const canvas: Canvas = open("a", both & ~Perms.Run).unwrap();
      canvas.add(Shape.circle(1));
      canvas.drop();
      const item = new Item("a", 1, Perms.Read, Option.some<u32>(3));
      item.default = 3;
      switch (colourOf(n)) {
        case Colour.Red: return item.default;
        default: return 0;
      }
    }`,
  "assembly/tsconfig.json": JSON.stringify({
    extends: "assemblyscript/std/assembly.json",
    compilerOptions: { noEmit: true, skipLibCheck: true },
    include: ["./**/*.ts", "../build/bindings/index.d.ts"],
  }),
  "assembly/wrong.ts": `
    import { Colour, Item } from "demo:editor/store";
    export const colour: Colour = 7;
    export const item: Item = new Item("a", "b");`,
  "assembly/other.ts": "export const perms = Perms",
};

let folder: string;

beforeAll(async () => {
  const built = await build({ files, options: ["--use", "hotcell.bindings=build/bindings"] });
  expect(built.output).toBe("");
  folder = built.folder;
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "node_modules/assemblyscript"), join(folder, "node_modules/assemblyscript"));
});

test("what asc takes is right in an editor, flags of none or several too, and what it does not is wrong", async () => {
  const { stdout } = await finished(startNode([tsc, "-p", "assembly"], { cwd: folder }));
  const places = stdout.match(/^assembly\/\S+: error TS\d+/gm);
  expect(places).toEqual([
    expect.stringContaining("assembly/other.ts(1,"),
    expect.stringContaining("assembly/wrong.ts(3,"),
    expect.stringContaining("assembly/wrong.ts(4,"),
  ]);
});

test("a name is offered for import from the module that has it, and from nowhere else", async () => {
  await using server = new LanguageServer(join(folder, "assembly"));
  const document = { uri: pathToFileURL(join(folder, "assembly/other.ts")).href };
  await server.ask("initialize", {
    processId: process.pid,
    rootUri: pathToFileURL(join(folder, "assembly")).href,
    capabilities: { textDocument: { completion: { completionItem: { labelDetailsSupport: true } } } },
  });
  server.tell("initialized", {});
  const offered = async (name: string) => {
    const text = `export const value = ${name}`;
    server.tell("textDocument/didOpen", {
      textDocument: { ...document, languageId: "typescript", version: 1, text },
    });
    const { items } = (await server.ask("textDocument/completion", {
      textDocument: document,
      position: { line: 0, character: text.length },
    })) as { items: readonly { label: string; labelDetails?: { description?: string } }[] };
    server.tell("textDocument/didClose", { textDocument: document });
    return items.filter(({ label }) => label === name).map((item) => item.labelDetails?.description);
  };
  expect(await offered("Perms")).toEqual(["demo:editor/store"]);
  expect(await offered("open")).toEqual(["demo:editor/store"]);
  expect(await offered("Option")).toEqual(["wit-types"]);
  expect(await offered("Sketch")).toEqual(["."]);
});

/** TypeScript's own, over its standard streams. */
class LanguageServer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #received = Buffer.alloc(0);

  constructor(cwd: string) {
    this.#child = spawn(process.execPath, [tsc, "--lsp", "--stdio"], {
      cwd,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.stdout.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#read();
    });
  }

  ask(method: string, params: unknown): Promise<unknown> {
    const id = this.#waiting.size + 1;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#send({ id, method, params });
    return answer.promise;
  }

  tell(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #read(): void {
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/.exec(this.#received.toString("latin1", 0, end))?.[1]);
      if (end < 0 || this.#received.length < end + 4 + length) return;
      const message = JSON.parse(this.#received.toString("utf8", end + 4, end + 4 + length));
      this.#received = this.#received.subarray(end + 4 + length);
      // What the server asks us (its configuration) has no answer here.
      if (message.method !== undefined) {
        if (message.id !== undefined) this.#send({ id: message.id, result: null });
      } else if (message.error) this.#waiting.get(message.id)?.reject(new Error(message.error.message));
      else this.#waiting.get(message.id)?.resolve(message.result);
    }
  }
}
