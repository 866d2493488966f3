import { readFile } from "node:fs/promises";
import { afterAll, describe, expect, it } from "vitest";
import type { LogLine } from "../../host/backends/log/log-line.ts";
import { type Grants, grantsWithin, parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import type { HotcellError } from "../../host/errors.ts";
import { createHost } from "../../host/host.ts";
import { component as importing } from "../guests/small-plugins.ts";
import { awake } from "../support/hosts.ts";
import { refusal } from "../support/thrown.ts";

const lines: LogLine[] = [];
const host = await createHost({ log: (line) => lines.push(line) });
afterAll(() => host.close());

const wallClock = (id: string, result = '(record (field "seconds" u64) (field "nanoseconds" u32))') => `
  (type $instance (instance
    (type $r ${result})
    (export "datetime" (type $datetime (eq $r)))
    (export "now" (func (result $datetime)))))
  (import "${id}" (instance (type $instance)))`;

function link(wasm: Uint8Array, grants: Record<string, unknown>): HotcellError | undefined {
  try {
    linkImports(inspectComponent(wasm).world, parseGrants(grants));
    return undefined;
  } catch (error) {
    return error as HotcellError;
  }
}

describe("a grant of http that is none", () => {
  const refused = (http: unknown) => refusal(() => parseGrants({ http } as Grants));

  it("is refused with an example where it is plain", () => {
    expect(refused(true).facts.remedy).toBe(
      'Give settings such as {"grants":{"http":{"allow":["https://api.example.com/v1/*"]}}}.',
    );
  });

  it("is refused with what an entry lacks, which is not shown", () => {
    const { message, facts } = refused({ allow: ["example.com"] });
    expect(message).toBe("grants.http.allow.0 is no entry: it does not say https:// or http://.");
    expect(facts.actual).toBeUndefined();
  });

  it("is refused where a credential is a plain text, which is not shown", () => {
    const secrets = { "https://a.example": { header: "authorization", value: "Bearer marked" } };
    const error = refused({ allow: ["https://a.example"], secrets });
    expect(error.facts.remedy).toBe('Give it as { "secret": "…" }, which nobody is shown.');
    expect(JSON.stringify([error.message, error.facts])).not.toContain("marked");
  });
});

describe("imports", () => {
  it("takes a granted interface in any 0.2.x", () => {
    for (const version of ["0.2.0", "0.2.3", "0.2.12"]) {
      expect(
        link(importing(wallClock(`wasi:clocks/wall-clock@${version}`)), { clocks: true }),
      ).toBeUndefined();
    }
  });

  it("refuses what is known but not granted, or granted as false", () => {
    for (const grants of [{}, { clocks: false }, { random: true }]) {
      expect(link(importing(wallClock("wasi:clocks/wall-clock@0.2.0")), grants)).toMatchObject({
        code: "import-not-granted",
        status: 403,
        facts: { subject: "wasi:clocks/wall-clock@0.2.0", remedy: expect.stringContaining("?grant=clocks") },
      });
    }
  });

  it("says how to grant all that is missing at once", () => {
    const random =
      '(import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64)))))';
    const refused = link(importing(wallClock("wasi:clocks/wall-clock@0.2.0") + random), {});
    expect(refused?.facts.remedy).toBe(
      'Grant it: ?grant=clocks&grant=random, or settings {"grants":{"clocks":true,"random":true}}.',
    );
  });

  it.each([
    ["link-preview", { http: { allow: ["*"] } }, "wasi:http/outgoing-handler@0.2.0#handle"],
    ["counter-kv", { kv: true }, "wasi:keyvalue/store@0.2.0-draft2#[method]bucket.get"],
    ["checkout", { plugins: { "example:tax/rates": "tax" } }, "example:tax/rates@1.0.0#rate-for"],
  ])("refuses what would wait where Node can't suspend a plugin: %s", async (name, grants, subject) => {
    const wasm = await readFile(new URL(`../../build/${name}.wasm`, import.meta.url));
    expect(link(wasm, grants)).toBeUndefined();
    const { Suspending } = WebAssembly;
    Reflect.deleteProperty(WebAssembly, "Suspending");
    try {
      expect(link(wasm, grants)).toMatchObject({
        code: "unsupported-feature",
        facts: { subject, remedy: expect.stringContaining("Node 26 or newer, or Node 24 from 24.20 on") },
      });
    } finally {
      Object.assign(WebAssembly, { Suspending });
    }
  });

  it("refuses other versions", () => {
    for (const id of ["wasi:clocks/wall-clock@0.3.0", "wasi:clocks/wall-clock"]) {
      expect(link(importing(wallClock(id)), { clocks: true })).toMatchObject({ code: "unknown-import" });
    }
  });

  it("refuses another type than the host's, showing both", () => {
    const wrong = link(
      importing(wallClock("wasi:clocks/wall-clock@0.2.0", '(record (field "seconds" u32))')),
      { clocks: true },
    );
    expect(wrong).toMatchObject({ code: "import-mismatch" });
    expect(wrong?.message).toContain("func() -> record { seconds: u64, nanoseconds: u32 }");
    expect(wrong?.message).toContain("func() -> record { seconds: u32 }");
  });

  it("refuses a function that the interface does not have", () => {
    const strange =
      '(import "wasi:clocks/wall-clock@0.2.0" (instance (export "yesterday" (func (result u64)))))';
    expect(link(importing(strange), { clocks: true })).toMatchObject({
      code: "unknown-import",
      message: expect.stringContaining("wasi:clocks/wall-clock@0.2.0#yesterday"),
    });
  });

  it("refuses what nobody offers, naming all of it", () => {
    const unknown = link(
      importing(
        '(import "acme:mail/send@1.0.0" (instance (export "send" (func)))) (import "log" (func (param "m" string)))',
      ),
      {},
    );
    expect(unknown).toMatchObject({ code: "unknown-import", status: 400 });
    expect(unknown?.message).toContain("acme:mail/send@1.0.0");
    expect(unknown?.message).toContain("log (");
    expect(unknown?.facts.remedy).toContain("wasi:clocks/wall-clock");
  });

  it("needs nobody behind an interface that is imported for its types", () => {
    const types =
      '(import "acme:types/all@1.0.0" (instance (type $t (record (field "x" u8))) (export "point" (type (eq $t)))))';
    expect(link(importing(types), {})).toBeUndefined();
  });

  it("is not fooled by names that every object has", () => {
    const inherited =
      '(import "wasi:clocks/wall-clock@0.2.0" (instance (export "constructor" (func)) (export "to-string" (func))))';
    expect(link(importing(inherited), { clocks: true })).toMatchObject({ code: "unknown-import" });
    expect(link(importing('(import "constructor" (func))'), {})).toMatchObject({ code: "unknown-import" });
  });
});

/** `get-stdout` as a component declares it; `own` is where its output stream comes from. */
const stdout = (version: string, own: string) => `
  (type $streams (instance (export "output-stream" (type (sub resource)))))
  (import "wasi:io/streams@0.2.3" (instance $io (type $streams)))
  (alias export $io "output-stream" (type $stream))
  (type $instance (instance ${own} (export "get-stdout" (func (result (own $s))))))
  (import "wasi:cli/stdout@${version}" (instance (type $instance)))`;
const ofStreams = '(alias outer 1 $stream (type $t)) (export "output-stream" (type $s (eq $t)))';

describe("imported resources", () => {
  it("are the same when their interfaces come in several compatible versions", () => {
    for (const version of ["0.2.0", "0.2.3", "0.2.40"])
      expect(link(importing(stdout(version, ofStreams)), { logging: true })).toBeUndefined();
  });

  it("can't be passed off as others of the same name", () => {
    const forged = '(export "output-stream" (type $s (sub resource)))';
    expect(link(importing(stdout("0.2.3", forged)), { logging: true })).toMatchObject({
      code: "import-mismatch",
      facts: { subject: "wasi:cli/stdout@0.2.3#get-stdout" },
    });
  });

  it("have the functions that are known, and no others", () => {
    const pollable = (member: string) => `
      (type $instance (instance
        (export "pollable" (type $p (sub resource)))
        (export "${member}" (func (param "self" (borrow $p)) (result bool)))))
      (import "wasi:io/poll@0.2.9" (instance (type $instance)))`;
    expect(link(importing(pollable("[method]pollable.ready")), {})).toBeUndefined();
    expect(link(importing(pollable("[method]pollable.cancel")), {})).toMatchObject({
      code: "unknown-import",
      facts: { subject: "wasi:io/poll@0.2.9#[method]pollable.cancel" },
    });
    expect(link(importing(pollable("[method]pollable.block")), {})).toMatchObject({
      code: "import-mismatch",
    });
  });
});

/** Calls `random` and `log` through a component whose core module has nothing but memory. */
const probe = importing(`
    (type $levels (enum "trace" "debug" "info" "warn" "error" "critical"))
    (import "wasi:logging/logging" (instance $logging
      (alias outer 1 $levels (type $l))
      (export "level" (type $level (eq $l)))
      (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
    (import "wasi:random/random@0.2.0" (instance $random
      (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
      (export "get-random-u64" (func (result u64)))))
    (core module $memory
      (memory (export "memory") 40)
      (global $top (mut i32) (i32.const 4096))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $top)
        (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8))))))
    (core instance $m (instantiate $memory))
    (alias core export $m "memory" (core memory $mem))
    (alias core export $m "realloc" (core func $realloc))
    (core func $log (canon lower (func $logging "log") (memory $mem) string-encoding=utf8))
    (core func $bytes (canon lower (func $random "get-random-bytes") (memory $mem) (realloc $realloc)))
    (core func $u64 (canon lower (func $random "get-random-u64")))
    (core module $main
      (import "e" "memory" (memory 1))
      (import "e" "log" (func $log (param i32 i32 i32 i32 i32)))
      (import "e" "bytes" (func $bytes (param i64 i32)))
      (import "e" "u64" (func $u64 (result i64)))
      (data (i32.const 64) "shopout of \\0amugs\\u{202e}")
      (func (export "warn") (call $log (i32.const 3) (i32.const 64) (i32.const 4) (i32.const 68) (i32.const 15)))
      (func (export "bytes") (param i64) (result i32) (call $bytes (local.get 0) (i32.const 8)) (i32.const 8))
      (func (export "u64") (result i64) (call $u64)))
    (core instance $i (instantiate $main (with "e" (instance
      (export "memory" (memory $mem)) (export "log" (func $log)) (export "bytes" (func $bytes)) (export "u64" (func $u64))))))
    (func (export "warn") (canon lift (core func $i "warn")))
    (func (export "bytes") (param "len" u64) (result (list u8)) (canon lift (core func $i "bytes") (memory $mem)))
    (func (export "number") (result u64) (canon lift (core func $i "u64")))`);
const granted = { logging: true, random: true };
const call = (name: string, path: string, ...args: unknown[]) =>
  awake(host.registry.callable(name, path)).call(args);

describe("logging", () => {
  it("reaches the host with the plugin's name, level, context and message", async () => {
    await host.registry.deploy("shop", probe, { settings: { grants: granted } });
    await call("shop", "warn");
    expect(lines.at(-1)).toEqual({
      plugin: "shop",
      level: "warn",
      context: "shop",
      message: "out of \nmugs\u202e",
    });
  });
});

describe("random", () => {
  it("gives different bytes and numbers, or the same ones for the same seed", async () => {
    await host.registry.deploy("dice", probe, { settings: { grants: granted } });
    expect(await call("dice", "bytes", 100_000n)).toHaveLength(100_000);
    expect(await call("dice", "bytes", 16n)).not.toEqual(await call("dice", "bytes", 16n));
    expect(await call("dice", "number")).not.toEqual(await call("dice", "number"));
    const sequences = [];
    for (const seed of [7, 7, 8]) {
      await host.registry.deploy("dice", probe, {
        settings: { grants: { ...granted, random: { seed } }, mode: "shared" },
        allowStateLoss: true,
      });
      await host.registry.configure("dice", { mode: "fresh" });
      sequences.push(await call("dice", "number"));
    }
    expect(sequences[0]).toBe(sequences[1]);
    expect(sequences[0]).not.toBe(sequences[2]);
  });

  it("gives no more than a MiB at a time", async () => {
    await host.registry.deploy("dice", probe, { settings: { grants: granted } });
    await expect(call("dice", "bytes", 1n << 40n)).rejects.toMatchObject({
      code: "trap",
      facts: { limit: 1 << 20, actual: `${1n << 40n}` },
    });
    expect(await call("dice", "bytes", 1n)).toHaveLength(1);
  });
});

describe("grants within others", () => {
  const within = (granted: Grants, wanted: Grants) =>
    grantsWithin(parseGrants(granted), parseGrants(wanted)).asked;
  const fixed = "2026-11-22T10:15:02Z";
  it.each([
    ["clocks", { resolution: 5 }, { fixed }, true],
    ["clocks", { resolution: 5 }, { fixed, resolution: 0.001 }, true],
    ["clocks", { resolution: 5 }, { resolution: 6 }, true],
    ["clocks", { resolution: 5 }, { resolution: 4.999 }, false],
    ["clocks", { resolution: 5 }, true, false],
    ["clocks", { resolution: 5 }, {}, false],
    ["clocks", { resolution: 5 }, false, true],
    ["clocks", { resolution: 0.5 }, true, true],
    ["clocks", true, { resolution: 0.001 }, false],
    ["clocks", { fixed }, true, false],
    ["clocks", { fixed }, { resolution: 60_000 }, false],
    ["clocks", false, true, false],
    ["clocks", false, { fixed }, false],
    ["random", true, { seed: 1 }, true],
    ["random", { seed: 1 }, { seed: 2 }, true],
    ["random", { seed: 1 }, true, false],
    ["random", true, true, true],
    ["random", false, { seed: 1 }, false],
    ["logging", true, false, true],
    ["logging", false, true, false],
  ])("%s %j as %j: %s", (name, granted, wanted, taken) => {
    expect(within({ [name]: granted }, { [name]: wanted })).toEqual({
      [name]: taken ? wanted : granted,
    });
  });

  it("are no more than there are", () => {
    expect(within({ logging: true }, { clocks: true, random: { seed: 1 } })).toEqual({ logging: true });
  });
});
