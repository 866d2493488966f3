/** Files in what a plugin does when its cell starts: its `init`, and its top-level code. */
import { afterAll, describe, expect, it } from "vitest";
import { fileCodes } from "../../guests/filing-guest.ts";
import { buildProbe } from "../../support/capability-probe.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { refusalOf } from "../../support/thrown.ts";

afterAll(removeTemporaryFolders);

const { registry } = await hostOfFile();

const world = `import wasi:filesystem/types@0.2.12;
  import wasi:filesystem/preopens@0.2.12;
  export hotcell:plugin/lifecycle@0.1.0;
  export greeting: func() -> string;
  export read: func() -> string;`;

const reading = `import { getDirectories } from "wasi:filesystem/preopens@0.2.12";
  import { Descriptor, DescriptorFlags } from "wasi:filesystem/types@0.2.12";
  import { Result, Tuple2, Unit } from "wit-types";
  let known: Descriptor | null = null;
  export function read(): string {
    if (known === null) known = getDirectories()[0].f0;
    const opened = known!.openAt(0, "greeting.txt", 0, DescriptorFlags.Read);
    if (opened.isErr) return "!" + (<i32>opened.unwrapErr()).toString();
    const file = opened.unwrap();
    const text = String.UTF8.decode(file.read(1000, 0).unwrap().f0.buffer);
    file.drop();
    return text;
  }
  export function greeting(): string { return told; }
  export function health(): Result<Unit, string> { return Result.ok<Unit, string>(); }`;

const inInit = await buildProbe(
  world,
  `${reading}
   let told = "";
   export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
     told = read();
     return Result.ok<Unit, string>();
   }`,
);

const atStart = await buildProbe(
  world,
  `${reading}
   export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
     return Result.ok<Unit, string>();
   }
   let told = read();`,
);

const held = await buildProbe(
  `${world}
   export again: func() -> string;`,
  `${reading}
   let told = "";
   let file: Descriptor | null = null;
   export function again(): string {
     const got = file!.read(1000, 0);
     return got.isErr ? "!" + (<i32>got.unwrapErr()).toString() : String.UTF8.decode(got.unwrap().f0.buffer);
   }
   export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
     told = read();
     file = known!.openAt(0, "greeting.txt", 0, DescriptorFlags.Read).unwrap();
     return Result.ok<Unit, string>();
   }`,
);

const files = new Map([["greeting.txt", Buffer.from("Good evening")]]);
const places = (["inline", "process"] as const).flatMap((placement) =>
  (["shared", "fresh"] as const).map((mode) => ({ placement, mode })),
);

describe.each(places)("a plugin, $placement and $mode", (place) => {
  it("reads its files in init, and goes on with what it has open", async () => {
    const name = `init-${place.placement}-${place.mode}`;
    await registry.deploy(name, inInit, { settings: place, files });
    for (let i = 0; i < 3; i++) {
      expect(await (await registry.callable(name, "greeting")).call([])).toBe("Good evening");
      expect(await (await registry.callable(name, "read")).call([])).toBe("Good evening");
    }
  });

  it("keeps a file open from init on, but for calls that each begin anew", async () => {
    const name = `held-${place.placement}-${place.mode}`;
    await registry.deploy(name, held, { settings: place, files });
    for (let i = 0; i < 3; i++)
      expect(await (await registry.callable(name, "again")).call([])).toBe(
        place.mode === "shared" ? "Good evening" : `!${fileCodes.indexOf("bad-descriptor")}`,
      );
  });

  it("is told to read them in init where it does so in its top-level code", async () => {
    const name = `start-${place.placement}-${place.mode}`;
    expect(await refusalOf(registry.deploy(name, atStart, { settings: place, files }))).toMatchObject({
      code: "trial-failed",
      message: expect.stringContaining("descriptor.open-at"),
      facts: { remedy: expect.stringMatching(/exported function.*init/) },
    });
  });
});
