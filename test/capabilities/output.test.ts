import { afterAll, describe, expect, it } from "vitest";
import { Secret } from "../../host/capabilities/secret.ts";
import { buildProbe, deploy } from "../support/capability-probe.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const probe = await deploy(
  await buildProbe(
    `import wasi:cli/stdout@0.2.12;
     import wasi:cli/stderr@0.2.12;
     import wasi:io/streams@0.2.12;
     export out: func(bytes: list<u8>);
     export err: func(bytes: list<u8>);
     export zeroes: func(count: u64);
     export keep: func(streams: u32, pollables: u32);
     export can-write: func() -> bool;`,
    `import { getStdout } from "wasi:cli/stdout@0.2.12";
     import { getStderr } from "wasi:cli/stderr@0.2.12";
     import { OutputStream } from "wasi:io/streams@0.2.12";
     function write(stream: OutputStream, bytes: Uint8Array): void {
       stream.write(bytes).unwrap();
       stream.blockingFlush().unwrap();
       stream.drop();
     }
     export function out(bytes: Uint8Array): void { write(getStdout(), bytes); }
     export function err(bytes: Uint8Array): void { write(getStderr(), bytes); }
     export function zeroes(count: u64): void {
       const stream = getStdout();
       stream.blockingWriteZeroesAndFlush(count).unwrap();
       stream.drop();
     }
     export function keep(streams: u32, pollables: u32): void {
       const first = getStdout();
       for (let i: u32 = 0; i < streams; i++) getStdout();
       for (let i: u32 = 0; i < pollables; i++) first.subscribe();
     }
     export function canWrite(): bool {
       const stream = getStdout();
       const pollable = stream.subscribe();
       pollable.block();
       const ready = pollable.ready() && stream.checkWrite().unwrap() >= 4096;
       pollable.drop();
       stream.drop();
       return ready;
     }`,
  ),
  {
    grants: { logging: true },
    env: { KEY: new Secret("s3cret-key"), PEM: new Secret("line one\nline two") },
  },
);
const bytes = (text: string) => Buffer.from(text);

describe("standard output and error", () => {
  it("become lines of the log, apart from each other, wherever they are cut", () => {
    const { call, lines } = probe.start();
    call("out", bytes("one\ntw"));
    call("err", bytes("oops\r\n"));
    call("out", bytes("o\n\n"));
    expect(lines).toEqual([
      { plugin: "probe", level: "info", context: "stdout", message: "one" },
      { plugin: "probe", level: "warn", context: "stderr", message: "oops" },
      { plugin: "probe", level: "info", context: "stdout", message: "two" },
      { plugin: "probe", level: "info", context: "stdout", message: "" },
    ]);
  });

  it("are UTF-8, also when a character comes in two writes", () => {
    const { call, lines } = probe.start();
    const text = bytes("💡é\n");
    for (const byte of text) call("out", Uint8Array.of(byte));
    call("out", Uint8Array.of(0xff, 0x0a));
    expect(lines.map(({ message }) => message)).toEqual(["💡é", "\ufffd"]);
  });

  it("give the last line when the cell ends, and once", () => {
    const started = probe.start();
    started.call("out", bytes("no newline"));
    expect(started.lines).toEqual([]);
    started.release();
    started.release();
    expect(started.lines.map(({ message }) => message)).toEqual(["no newline"]);
  });

  it("begin anew when the cell is reset", () => {
    const started = probe.start();
    started.call("out", bytes("first call"));
    expect(started.reset()).toBe(true);
    started.call("out", bytes("second call\n"));
    expect(started.lines.map(({ message }) => message)).toEqual(["first call", "second call"]);
  });

  it("cut a line that is too long, and keep no more of it", () => {
    const { call, lines } = probe.start();
    for (let i = 0; i < 4; i++) call("out", bytes("x".repeat(5000)));
    call("out", bytes("\nnext\n"));
    expect(lines.map(({ message }) => message)).toEqual([
      `${"x".repeat(8192)}… (11808 more characters)`,
      "next",
    ]);
  });

  it("give a thousand lines of one write, and say how many more there were", () => {
    const { call, lines } = probe.start();
    call("out", bytes(`${"\n".repeat(60_000)}rest`));
    call("out", bytes("\n"));
    expect(lines).toHaveLength(1002);
    expect(lines.slice(-2).map(({ message }) => message)).toEqual(["… (59000 more lines)", "rest"]);
  });

  it("are ready at once, without the cell ever being suspended", () => {
    const { cell, call } = probe.start();
    expect(cell.suspends).toBe(false);
    expect(call("can-write")).toBe(true);
  });

  it("end a cell that writes more at once than it was told it may", () => {
    for (const [name, arg] of [
      ["out", new Uint8Array(65_537)],
      ["zeroes", 1n << 60n],
    ] as const) {
      const { call, cell } = probe.start();
      expect(() => call(name, arg)).toThrow(
        expect.objectContaining({ code: "trap", facts: expect.objectContaining({ limit: 65_536 }) }),
      );
      expect(cell.alive).toBe(false);
    }
  });

  it("never show a secret of the settings", () => {
    const { call, lines } = probe.start();
    call("out", bytes("key=s3cret-key\nline one\nand line two!\n"));
    expect(lines.map(({ message }) => message)).toEqual(["key=[secret]", "[secret]", "and [secret]!"]);
  });

  it("are another cell's own", () => {
    const [one, other] = [probe.start(), probe.start()];
    one.call("out", bytes("from one"));
    other.call("out", bytes("from another\n"));
    expect(one.lines).toEqual([]);
    expect(other.lines.map(({ message }) => message)).toEqual(["from another"]);
  });
});

describe("what the host keeps for a cell's handles", () => {
  it.each([
    ["streams", 10_000, 0],
    ["pollables", 0, 10_000],
  ])("is bounded: %s", (_, streams, pollables) => {
    const { call } = probe.start();
    call("keep", 100, 100);
    expect(() => call("keep", streams, pollables)).toThrow(
      expect.objectContaining({ code: "trap", facts: expect.objectContaining({ limit: 10_000 }) }),
    );
  });

  it("is free again when they are dropped", () => {
    const { call } = probe.start();
    for (let i = 0; i < 10_100; i++) call("can-write");
  });
});
