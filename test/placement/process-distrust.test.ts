/** What the host makes of a process that a plugin has taken over: scripts that say what they like. */
import { afterEach, describe, expect, it } from "vitest";
import type { LogLine } from "../../host/capabilities/capability.ts";
import { FrameWriter } from "../../host/placement/process/frame.ts";
import { PluginProcess } from "../../host/placement/process/plugin-process.ts";
import { codecOf } from "../../host/placement/process/value-codec.ts";
import { isRunning, until } from "../support/placed-guest.ts";

const started: PluginProcess[] = [];
afterEach(() => {
  for (const process of started.splice(0)) process.kill(new Error("the test is over") as never);
});

/** Runs the script on every request, with `id`, `say(kind, id, ...bytes)`, `f64(n)` and `text(string)` at hand. */
function hostile(script: string) {
  const lines: LogLine[] = [];
  const process = new PluginProcess({
    plugin: "guest",
    limits: { memory: 1024 ** 3, heap: 64 * 1024 ** 2, message: 100_000, log: 100_000 },
    log: (line) => void lines.push(line),
    room: { leave() {}, end() {} },
    onEnd: () => {},
    run: [
      "--input-type=commonjs",
      "-e",
      `const { Socket } = require("node:net");
      const channel = new Socket({ fd: 3, readable: true, writable: true });
      const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
      const f64 = (n) => { const b = Buffer.alloc(8); b.writeDoubleLE(n); return b; };
      const text = (s) => Buffer.concat([u32(Buffer.byteLength(s)), Buffer.from(s)]);
      const say = (kind, id, ...parts) => {
        const body = Buffer.concat(parts);
        channel.write(Buffer.concat([u32(5 + body.length), Buffer.from([kind]), u32(id), body]));
      };
      channel.on("data", (data) => { const id = data.readUInt32LE(5); ${script} });`,
    ],
  });
  started.push(process);
  const ask = () =>
    process.ask({
      frame: new FrameWriter(2),
      time: 60_000,
      late: () => expect.fail("the deadline was reached") as never,
      fuel: 0,
      read: (body) => codecOf({ kind: "u32" }).read(body),
    });
  return { process, ask, lines };
}

describe("a process that says what our code would not", () => {
  const scripts: Record<string, string> = {
    "an answer to what it was not asked": "say(1, id + 1, f64(0), u32(7))",
    "an answer that ends too early": "say(1, id, f64(0))",
    "an answer that is longer than its type": "say(1, id, f64(0), u32(7), u32(8))",
    "that it was launched, twice": "say(6, 0); say(6, 0)",
    "a kind that does not exist": "say(99, id, f64(0))",
    "fuel that can't be": "say(1, id, f64(NaN), u32(7))",
    "negative fuel": "say(1, id, f64(-1), u32(7))",
    "a message without a header": "channel.write(u32(1))",
    "a message of four gigabytes": "channel.write(u32(0xffffffff))",
    "a message longer than any may be": "say(1, id, f64(0), Buffer.alloc(100_000))",
    "a failure that is no JSON": 'say(3, id, f64(0), text("{"))',
    "a failure with an unknown code": `say(3, id, f64(0), text('{"code":"nope","message":""}'))`,
    "a failure that blames the caller": `say(3, id, f64(0), text('{"code":"unauthorized","message":""}'))`,
    "a failure with more than its facts": `say(3, id, f64(0), text('{"code":"trap","message":"","status":200}'))`,
    "a failure with a prototype": `say(3, id, f64(0), text('{"code":"trap","message":"","__proto__":{"status":200}}'))`,
    "a failure with a text that never ends": `say(3, id, f64(0), text('{"code":"trap","message":"' + "x".repeat(20000) + '"}'))`,
    "a line of a level that does not exist": `say(4, 0, text('{"level":"fatal","context":"","message":""}'))`,
    "a line for another plugin": `say(4, 0, text('{"level":"info","context":"","message":"","plugin":"other"}'))`,
    "lines without end": `for (let i = 0; i < 10_000; i++) say(4, 0, text('{"level":"info","context":"","message":"x"}'))`,
    "more output than anybody reads": 'process.stdout.write("x".repeat(2_000_000))',
  };

  it.each(Object.entries(scripts))("is ended: %s", async (_, script) => {
    const { process, ask } = hostile(script);
    await expect(ask()).rejects.toMatchObject({
      started: true,
      error: { code: "process-died", status: 502, message: expect.stringContaining("was ended") },
    });
    await until(() => !isRunning(process.pid!));
  });

  it("is ended when it says itself that it has too much memory", async () => {
    const { ask } = hostile("say(5, 0, f64(1e12))");
    await expect(ask()).rejects.toMatchObject({
      error: { code: "process-died", facts: { actual: "1000000000000 bytes" } },
    });
  });

  it("is ended though nobody asked", async () => {
    const { process, ask } = hostile("say(1, id, f64(1), u32(7)); say(1, id, f64(1), u32(7));");
    expect(await ask()).toBe(7);
    await until(() => !process.alive);
    await until(() => !isRunning(process.pid!));
  });

  it("names in its lines no plugin but itself", async () => {
    const { ask, lines } = hostile(
      `say(4, 0, text('{"level":"info","context":"c","message":"m"}')); say(1, id, f64(1), u32(7));`,
    );
    expect(await ask()).toBe(7);
    expect(lines).toEqual([{ plugin: "guest", level: "info", context: "c", message: "m" }]);
  });
});

describe("a process that ends by itself", () => {
  it("is told with how it ended, and keeps what it printed for the host's log", async () => {
    const { ask } = hostile('process.stderr.write("a last word\\n"); process.exit(3)');
    await expect(ask()).rejects.toMatchObject({
      started: true,
      error: { code: "process-died", facts: { actual: "exit code 3", cause: new Error("a last word\n") } },
    });
  });

  it("is told so when its program can't be run", async () => {
    const { ask } = hostile("").process.alive ? hostile("syntax error here") : expect.fail();
    await expect(ask()).rejects.toMatchObject({ error: { code: "process-died" } });
  });
});
