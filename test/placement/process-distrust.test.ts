/** What the host makes of a process that a plugin has taken over: scripts that say what they like. */
import { afterEach, describe, expect, it } from "vitest";
import { BoundBackends, HostDrivers } from "../../host/backends/drivers.ts";
import { type Exchange, exchangePair } from "../../host/backends/exchange.ts";
import type { LogLine } from "../../host/backends/log/log-line.ts";
import { parseGrants } from "../../host/capabilities/grants.ts";
import { linkImports } from "../../host/capabilities/link.ts";
import { tableWith } from "../../host/capabilities/own/own-table.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { besideProcesses } from "../../host/placement/process/beside/beside-cell.ts";
import { FrameWriter } from "../../host/placement/process/frame.ts";
import { PluginProcess } from "../../host/placement/process/plugin-process.ts";
import { codecOf } from "../../host/placement/process/value-codec.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { Scrubber } from "../../host/text/scrubber.ts";
import { shopGuest, shopWit } from "../guests/shop-guest.ts";
import { isRunning, until } from "../support/processes.ts";
import { testDriver } from "../support/test-driver.ts";

const started: PluginProcess[] = [];
afterEach(() => {
  for (const process of started.splice(0)) process.kill(new Error("the test is over") as never);
});

const shopTable = tableWith(
  { "acme:shop/db": { grant: "shop-db", wit: shopWit, functions: () => ({ price: () => 1 }) } },
  () => {},
);

/** Links of a plugin that calls functions beside its process. */
const shopLinks = linkImports(
  inspectComponent(shopGuest()).world,
  parseGrants({ "shop-db": true }, shopTable),
);

/** Runs the script on every request, with `id`, `say(kind, id, ...bytes)`, `f64(n)`, `text(string)`, `tell(line)`, `ask(id, operation)`, `open(id, operation)` and `part(id, bytes)` at hand. */
function hostile(script: string) {
  const lines: LogLine[] = [];
  const driver = testDriver();
  const account = new HeapAccount(64 * 1024 ** 2);
  const process = new PluginProcess({
    plugin: "guest",
    limits: { memory: 1024 ** 3, heap: 64 * 1024 ** 2, message: 2_000_000, log: 100_000 },
    backends: new BoundBackends(
      [
        { capability: "tests", name: "log", settings: {} },
        { capability: "tests", name: "test", settings: {} },
      ],
      {
        plugin: "guest",
        log: (line) => void lines.push(line),
        drivers: new HostDrivers([["test", driver]]).find,
      },
      new Scrubber([]),
      account,
    ),
    account,
    beside: besideProcesses(shopLinks, { plugin: "guest", log: () => {} }, {}),
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
      const bytes = (...each) => Buffer.from(each);
      const data = (value) => {
        if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from([8]), u32(value.length), value]);
        if (typeof value === "string") return Buffer.concat([Buffer.from([6]), text(value)]);
        if (typeof value === "number") return Buffer.concat([Buffer.from([3]), f64(value)]);
        const members = Object.entries(value);
        const parts = members.map(([name, member]) => Buffer.concat([text(name), data(member)]));
        return Buffer.concat([Buffer.from([10]), u32(members.length), ...parts]);
      };
      const tell = (value, backend = "log", operation = "line") =>
        say(4, 0, text(backend), text(operation), data(value));
      const ask = (id, operation, value = 0, backend = "test") =>
        say(7, id, text(backend), text(operation), data(value));
      const open = (id, operation) => say(8, id, text("test"), text(operation), data(0));
      const part = (id, bytes) => say(16, id, Buffer.from([8]), u32(bytes), Buffer.alloc(bytes));
      const withoutEnd = (send) => {
        while (!channel.writableNeedDrain) send();
        channel.once("drain", () => withoutEnd(send));
      };
      channel.on("data", (request) => { const id = request.readUInt32LE(5); ${script} });`,
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
  /** The same for an exchange that it is to take part in, whose other end is held by `held`. */
  const drive = (held: (near: Exchange) => Promise<unknown>) => {
    const [near, exchange] = exchangePair(() => {});
    const driving = process.ask({
      frame: new FrameWriter(7),
      time: 60_000,
      late: () => expect.fail("the deadline was reached") as never,
      fuel: 0,
      read: () => "ended",
      exchange,
    });
    return Promise.all([driving, held(near)]);
  };
  return { process, ask, drive, lines, account };
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
    "a message longer than any may be": "say(1, id, f64(0), Buffer.alloc(2_000_000))",
    "a failure that is no JSON": 'say(3, id, f64(0), text("{"))',
    "a failure with an unknown code": `say(3, id, f64(0), text('{"code":"nope","message":""}'))`,
    "a failure that blames the caller": `say(3, id, f64(0), text('{"code":"unauthorized","message":""}'))`,
    "a failure with more than its facts": `say(3, id, f64(0), text('{"code":"trap","message":"","status":200}'))`,
    "a failure with a prototype": `say(3, id, f64(0), text('{"code":"trap","message":"","__proto__":{"status":200}}'))`,
    "a failure with a text that never ends": `say(3, id, f64(0), text('{"code":"trap","message":"' + "x".repeat(20000) + '"}'))`,
    "a line of a level that does not exist": `tell({ level: "fatal", context: "", message: "" })`,
    "a line for another plugin": `tell({ level: "info", context: "", message: "", plugin: "other" })`,
    "lines without end": `for (let i = 0; i < 10_000; i++) tell({ level: "info", context: "", message: "x" })`,
    "a line to a backend that it does not have": `tell({ level: "info", context: "", message: "" }, "files")`,
    "what is no line": `tell("text")`,
    "what a backend's capability does not ask": `ask(1, "everything")`,
    "what a backend's capability does not open": `open(1, "everything")`,
    "a question to a backend that it does not have": `ask(1, "echo", 0, "files")`,
    "a question to what every object has": `ask(1, "echo", 0, "constructor")`,
    "a question without data": `say(7, 1, text("test"), text("echo"))`,
    "a question with more than its data": `say(7, 1, text("test"), text("echo"), data(1), data(1))`,
    "a question with data of no kind": `say(7, 1, text("test"), text("echo"), Buffer.from([99]))`,
    "a question with a list that never ends": `say(7, 1, text("test"), text("echo"), Buffer.from([9]), u32(0xffffffff), Buffer.alloc(100_000))`,
    "a question of lists in lists": `say(7, 1, text("test"), text("echo"), ...Array.from({ length: 1_000 }, () => Buffer.from([9, 1, 0, 0, 0])), data(1))`,
    "a question that is too long": `ask(1, "echo", "x".repeat(1_200_000))`,
    "a call of a function beside it that its plugin does not import": `ask(1, "acme:shop/db@1.0.0#cost", bytes(), "beside")`,
    "a call of one with arguments that are no bytes": `ask(1, "acme:shop/db@1.0.0#price", "tea", "beside")`,
    "a call of one with arguments that end too early": `ask(1, "acme:shop/db@1.0.0#price", bytes(0, 0, 0, 0, 0, 9), "beside")`,
    "a call of one with more than its arguments": `ask(1, "acme:shop/db@1.0.0#price", bytes(0, 0, 0, 0, 0, 0, 0, 0, 0, 7), "beside")`,
    "a call of one with nothing": `ask(1, "acme:shop/db@1.0.0#price", bytes(), "beside")`,
    "two questions by one number": `ask(1, "never"); ask(1, "never")`,
    "an exchange by the number of a question": `ask(1, "never"); open(1, "readLater")`,
    "questions without end, to a driver that never answers": `for (let i = 1; i < 2_000; i++) ask(i, "never")`,
    "parts without credit": `open(1, "readLater"); for (let i = 0; i < 10; i++) part(1, 60_000)`,
    "a part that is too large": `open(1, "readLater"); part(1, 70_000)`,
    "a part after the last": `open(1, "readLater"); say(17, 1); part(1, 1)`,
    "that it has taken more than it was sent": `open(1, "writeAll"); say(18, 1, u32(1_000_000))`,
    "that it has taken what it was never sent": `open(1, "readLater"); say(18, 1, u32(1))`,
    "messages of exchanges that are over, without end": `withoutEnd(() => say(18, 5, u32(0)))`,
    "the same of exchanges that the host begins": `withoutEnd(() => say(18, 0x80000005, u32(0)))`,
    "questions that it cuts off itself, without end": `let i = 0; withoutEnd(() => { ask(++i, "never"); say(19, i); })`,
    "credit for nothing, without end": `open(1, "readLater"); withoutEnd(() => say(18, 1, u32(0)))`,
    "small parts without credit": `open(1, "readLater"); for (let i = 0; i < 5_000; i++) part(1, 1)`,
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

  it("has nothing of the host's heap when it is gone, whatever it had under way", async () => {
    const { process, ask, account } = hostile(
      `for (let i = 1; i < 200; i += 2) { ask(i, "never", "x".repeat(10_000)); open(i + 1, "readLater"); part(i + 1, 1); }
      setImmediate(() => say(99, id, f64(0)));`,
    );
    await expect(ask()).rejects.toMatchObject({ error: { code: "process-died" } });
    await until(() => !isRunning(process.pid!));
    expect(account.inUse).toBe(0);
  });

  it.each([
    `ask(1, "echo", "x".repeat(10_000), "files")`,
    `ask(1, "echo", "x".repeat(1_200_000))`,
    `say(8, 1, text("files"), text("readLater"), data(0))`,
  ])("has nothing of the host's heap when it is gone for what it asked: %s", async (script) => {
    const { process, ask, account } = hostile(script);
    await expect(ask()).rejects.toMatchObject({ error: { code: "process-died" } });
    await until(() => !isRunning(process.pid!));
    expect(account.inUse).toBe(0);
  });

  it("is refused what there is no room for, and goes on", async () => {
    const { ask, account } = hostile(
      `for (let i = 1; i <= 100; i++) open(i, "readLater");
      ask(101, "echo"); say(1, id, f64(0), u32(7));`,
    );
    expect(await ask()).toBe(7);
    expect(account.inUse).toBeLessThanOrEqual(16 * 1024 ** 2);
  });

  it("may cut off what has ended already, and take what was sent before that", async () => {
    const { ask } = hostile(
      `ask(1, "echo"); open(2, "writeAll"); say(19, 1); say(19, 2, text("{}")); say(18, 2, u32(1)); say(19, 77);
      say(1, id, f64(0), u32(7));`,
    );
    expect(await ask()).toBe(7);
  });

  it("names in its lines no plugin but itself", async () => {
    const { ask, lines } = hostile(
      `tell({ level: "info", context: "c", message: "m" }); say(1, id, f64(1), u32(7));`,
    );
    expect(await ask()).toBe(7);
    expect(lines).toEqual([{ plugin: "guest", level: "info", context: "c", message: "m" }]);
  });
});

describe("a process that takes part in an exchange as our code would not", () => {
  it.each([
    "say(1, id, f64(0))",
    "say(18, id + 0x80000000, u32(0)); say(1, id, f64(0))",
    "part(id + 0x80000000, 1); say(2, id, f64(0))",
  ])("is ended where it answers and leaves its end open: %s", async (script) => {
    const { drive } = hostile(script);
    await expect(drive(async (near) => near.end())).rejects.toMatchObject({
      error: { code: "process-died", message: expect.stringContaining("was ended") },
    });
  });

  it("keeps nobody waiting who has parts for it", async () => {
    const { drive } = hostile("if (request[4] !== 7) return; say(17, id + 0x80000000); say(1, id, f64(0));");
    const sending = async (near: Exchange) => {
      for (let i = 0; i < 20; i++) await near.send(new Uint8Array(60_000));
      near.end();
      return near.receive();
    };
    expect(await drive(sending)).toEqual(["ended", undefined]);
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
