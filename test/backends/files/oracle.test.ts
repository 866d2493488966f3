/** Random operations on the virtual file system do what they do on the machine's. */
import fs from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Data } from "../../../host/backends/data.ts";
import type { ServedFiles } from "../../../host/backends/files/file-service.ts";
import { ask, fileServices, plenty, temporaryFolder } from "./services.ts";

const codes: Readonly<Record<string, string>> = {
  ENOENT: "no-entry",
  EEXIST: "exist",
  ENOTDIR: "not-directory",
  EISDIR: "is-directory",
  ENOTEMPTY: "not-empty",
  EINVAL: "invalid",
  EBADF: "bad-descriptor",
  EBUSY: "busy",
};

/** What is open in both: the machine's descriptor, and the handle. */
interface Pair {
  readonly fd: number;
  readonly handle: number;
  readonly directory: boolean;
}

const constants = fs.constants;
const path = fc.constantFrom(
  ...["a", "b", "c", "a/a", "a/b", "b/a", "a/b/c", "b/c/a", "a/b/b", "./a", "a/", "b/", "a//b", "a/b/"],
  ...["a/.", ".", "./", "a/..", "a/../b", "a/b/..", "a/b/../../c", "b/./a", "c/"],
);
const at = fc.nat(70_000);
const which = fc.nat(20);
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("open"),
      base: which,
      path,
      how: fc.nat(15),
      mode: fc.constantFrom(1, 2, 3, 3, 3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close"), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("mkdir"), base: which, path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rmdir"), base: which, path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unlink"), base: which, path }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("rename"), base: which, path, other: which, to: path }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write"), which, at, length: fc.nat(40_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("append"), which, length: fc.nat(20_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("read"), which, at, length: fc.integer({ min: 1, max: 48_000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resize"), which, size: at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stat"), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("statAt"), base: which, path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("list"), which }) },
) as fc.Arbitrary<unknown> as fc.Arbitrary<Command>;

type Command = { readonly do: string } & Readonly<Record<string, never>>;

class Both {
  readonly #files: ServedFiles;
  readonly pairs: Pair[];
  #written = 0;

  constructor(files: ServedFiles, root: string) {
    this.#files = files;
    this.pairs = [{ fd: fs.openSync(root, "r"), handle: 0, directory: true }];
  }

  async run(command: Command): Promise<void> {
    const { which = 0, base = 0, other = 0 } = command as { which?: number; base?: number; other?: number };
    const directories = this.pairs.filter(({ directory }) => directory);
    const target = this.pairs[which % this.pairs.length]!;
    const from = directories[base % directories.length]!;
    const to = directories[other % directories.length]!;
    const known = this.pairs.length;
    const [actual, expected] = await this.#both(command, target, from, to);
    expect(actual).toEqual(expected);
    if (command.do === "open" && Array.isArray(actual)) expect(this.pairs.length).toBe(known + 1);
  }

  async #both(command: Command, target: Pair, from: Pair, to: Pair): Promise<[unknown, unknown]> {
    const files = this.#files;
    const c = command as unknown as Record<string, number & string>;
    const place = (pair: Pair, path: string) => `/proc/self/fd/${pair.fd}/${path}`;
    const machine = (run: () => unknown) => {
      try {
        return run();
      } catch (error) {
        const { code = "" } = error as { code?: string };
        return codes[code] ?? code;
      }
    };
    switch (command.do) {
      case "open": {
        const how = c.how! & ~(c.how! & 1 ? 2 : 0);
        // What truncates without writing is not defined.
        const mode: number = how & 8 ? 3 : c.mode!;
        const answer = await ask(files, "open", from.handle, c.path!, how & ~(how & 1 ? 0 : 4), mode);
        const flags =
          (mode === 3 ? constants.O_RDWR : mode === 2 ? constants.O_WRONLY : constants.O_RDONLY) |
          (how & 1 ? constants.O_CREAT : 0) |
          (how & 2 ? constants.O_DIRECTORY : 0) |
          (how & 1 && how & 4 ? constants.O_EXCL : 0) |
          (how & 8 && mode !== 1 ? constants.O_TRUNC : 0);
        const fd = machine(() => fs.openSync(place(from, c.path!), flags));
        if (typeof fd !== "number") return [answer, fd];
        const directory = fs.fstatSync(fd).isDirectory();
        if (!Array.isArray(answer)) return [answer, fd];
        this.pairs.push({ fd, handle: answer[0] as number, directory });
        return [answer, [answer[0], answer[1], directory]];
      }
      case "close": {
        if (target.handle === 0) return [0, 0];
        this.pairs.splice(this.pairs.indexOf(target), 1);
        fs.closeSync(target.fd);
        return [await ask(files, "close", target.handle), null];
      }
      case "mkdir":
        return [
          await ask(files, "makeDirectory", from.handle, c.path!),
          machine(() => fs.mkdirSync(place(from, c.path!)) ?? null),
        ];
      case "rmdir":
        return [
          await ask(files, "removeDirectory", from.handle, c.path!),
          machine(() => fs.rmdirSync(place(from, c.path!)) ?? null),
        ];
      case "unlink":
        return [
          await ask(files, "unlink", from.handle, c.path!),
          machine(() => fs.unlinkSync(place(from, c.path!)) ?? null),
        ];
      case "rename":
        return [
          await ask(files, "rename", from.handle, c.path!, to.handle, c.to!),
          machine(() => fs.renameSync(place(from, c.path!), place(to, c.to!)) ?? null),
        ];
      case "write": {
        const bytes = this.#bytes(c.length!);
        return [
          await ask(files, "write", target.handle, BigInt(c.at!), bytes),
          target.directory
            ? "is-directory"
            : machine(() => fs.writeSync(target.fd, bytes, 0, bytes.length, c.at!)),
        ];
      }
      case "append": {
        const bytes = this.#bytes(c.length!);
        const size = fs.fstatSync(target.fd).size;
        return [
          await ask(files, "append", target.handle, bytes),
          target.directory
            ? "is-directory"
            : machine(() => fs.writeSync(target.fd, bytes, 0, bytes.length, size)),
        ];
      }
      case "read": {
        const buffer = Buffer.alloc(c.length!);
        const read = machine(() => fs.readSync(target.fd, buffer, 0, c.length!, c.at!));
        const answer = await ask(files, "read", target.handle, BigInt(c.at!), c.length!);
        if (typeof read !== "number") return [answer, read];
        const end = c.at! + read >= fs.fstatSync(target.fd).size;
        return [answer, [new Uint8Array(buffer.subarray(0, read)), end]];
      }
      case "resize": {
        const resized = machine(() => fs.ftruncateSync(target.fd, c.size!) ?? null);
        const writable = (await ask(files, "write", target.handle, 0n, new Uint8Array(0))) === 0;
        const expected = target.directory ? "is-directory" : writable ? resized : "bad-descriptor";
        return [await ask(files, "resize", target.handle, BigInt(c.size!)), expected];
      }
      case "stat":
        return [facts(await ask(files, "stat", target.handle)), factsOf(fs.fstatSync(target.fd))];
      case "statAt":
        return [
          facts(await ask(files, "statAt", from.handle, c.path!)),
          machine(() => factsOf(fs.statSync(place(from, c.path!)))),
        ];
      case "list": {
        if (!target.directory) return [await ask(files, "list", target.handle), "not-directory"];
        const listed = await ask(files, "list", target.handle);
        const [lister] = listed as [number];
        const names: string[] = [];
        for (;;) {
          const some = (await ask(files, "next", lister)) as [string, boolean][];
          if (some.length === 0) break;
          names.push(...some.map(([name, directory]) => `${name}${directory ? "/" : ""}`));
        }
        await ask(files, "close", lister);
        const there = fs.readdirSync(place(target, "."), { withFileTypes: true });
        return [names.sort(), there.map((each) => `${each.name}${each.isDirectory() ? "/" : ""}`).sort()];
      }
      default:
        throw new Error(command.do);
    }
  }

  #bytes(length: number): Uint8Array {
    this.#written = (this.#written % 250) + 1;
    return new Uint8Array(length).fill(this.#written);
  }
}

function facts(answer: Data): unknown {
  if (!Array.isArray(answer)) return answer;
  const [, directory, size, linked] = answer as [number, boolean, number, boolean];
  return { directory, size, linked };
}

function factsOf(stats: fs.Stats): unknown {
  const directory = stats.isDirectory();
  return { directory, size: directory ? 0 : stats.size, linked: stats.nlink > 0 };
}

describe.each(Object.entries(fileServices))("files %s", (name, service) => {
  it("do what the machine's own do, whatever is asked of them", { timeout: 120_000 }, async () => {
    const files = service();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 20, maxLength: 120 }), async (commands) => {
        const root = temporaryFolder();
        const served = files.open({ ...plenty, plugin: `p${run++}` });
        const both = new Both(served, root);
        for (const command of commands) await both.run(command);
        served.end();
        for (const { fd } of both.pairs) fs.closeSync(fd);
      }),
      { numRuns: name === "in memory" ? 200 : 60 },
    );
  });
});
