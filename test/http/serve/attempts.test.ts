/** Requests that a handler is let answer without a stack of its own, once it has shown that it needs none. */
import { describe, expect, it } from "vitest";
import type { LogLine } from "../../../host/backends/log/log-line.ts";
import { handlerGuest } from "../../drive/handler-guest.ts";
import { buildProbe } from "../../support/capability-probe.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { head, RawClient } from "../../support/raw-client.ts";

const lines: string[] = [];
const host = await hostOfFile({ log: ({ message }: LogLine) => lines.push(message) });
const answers = await handlerGuest();
const logs = await buildProbe(
  `import wasi:http/types@0.2.12;
   import wasi:logging/logging@0.1.0-draft;
   export wasi:http/incoming-handler@0.2.12;`,
  `import { IncomingRequest, ResponseOutparam, OutgoingResponse, OutgoingBody, Fields, ErrorCode } from "wasi:http/types@0.2.12";
   import { log, Level } from "wasi:logging/logging@0.1.0-draft";
   import { Result } from "wit-types";
   const bytes = (text: string): Uint8Array => Uint8Array.wrap(String.UTF8.encode(text));
   export function handle(request: IncomingRequest, out: ResponseOutparam): void {
     const path = request.pathWithQuery()!;
     request.drop();
     if (path == "/before") log(Level.Info, "", "said before");
     let spun: u32 = 0;
     if (path.startsWith("/long")) for (let i: u32 = 0; i < 3000000; i++) spun = spun * 31 + i;
     const fields = new Fields();
     if (path.startsWith("/long")) fields.set("x-spun", [bytes(spun.toString())]).unwrap();
     const response = new OutgoingResponse(fields);
     const body = response.body().unwrap();
     if (path == "/unsent") log(Level.Info, "", "said before it is sent");
     ResponseOutparam.set(out, Result.ok<OutgoingResponse, ErrorCode>(response));
     if (path == "/begun") log(Level.Info, "", "said once begun");
     const stream = body.write().unwrap();
     stream.blockingWriteAndFlush(bytes("answer")).unwrap();
     stream.drop();
     OutgoingBody.finish(body, null).unwrap();
     if (path == "/after" || path == "/long-after") log(Level.Info, "", "said after");
   }`,
);

/** Answer to a request on a connection of its own, as it came. */
async function ask(plugin: string, path: string, method = "GET", body = ""): Promise<string> {
  const client = await RawClient.open(host);
  const length = body === "" ? [] : [`Content-Length: ${body.length}`];
  const answer = await client
    .send(head(`${method} /http/${plugin}${path}`, "Connection: close", ...length) + body)
    .end();
  return answer.replace(/^date: .*$/im, "date: now");
}

const fuelOf = (plugin: string) => host.registry.details(plugin).counters.fuel;

/** So many good answers, so that the plugin is known for quick ones too: who is not has turns of its own, with a stack. */
async function greet(plugin: string, times: number): Promise<void> {
  const client = await RawClient.open(host);
  const greeting = head(`GET /http/${plugin}/hello`);
  const last = head(`GET /http/${plugin}/hello`, "Connection: close");
  const answers = await client.send(greeting.repeat(times - 1) + last).end();
  expect(answers.match(/ 200 OK\r\n/g)).toHaveLength(times);
}

/** Plugin that has answered so often, needing no stack, that the next request is an attempt. */
async function trusted(plugin: string, wasm: Uint8Array, settings: object = {}): Promise<void> {
  const grants = { clocks: true, logging: true };
  await host.registry.deploy(plugin, wasm, { settings: { grants, ...settings } });
  await greet(plugin, 24);
  await greet(plugin, 8);
}

const paths = [
  ...["/hello", "/flushed", "/request", "/fields", "/set-cookies", "/empty", "/trailers-only", "/early"],
  ...["/bytes?5000", "/bytes?65536", "/bytes?70000", "/bytes?3000000", "/zeroes", "/before", "/too-long"],
  ...["/too-short", "/right", "/head", "/informed", "/informed-on", "/fields-of?3000", "/fields-of?3000000"],
  ...["/trailers-of?100", "/empty-of?0", "/empty-of?5", "/status?200", "/status?204", "/status?304"],
  ...["/status?999", "/nothing", "/drop", "/refuse", "/unfinished", "/kept", "/keep-out", "/trap-before"],
  ...["/trap-after", "/attack-responses", "/drop-body-first", "/drop-request-first", "/finish-first"],
  ...["/write-too-much", "/no-such"],
];

describe("a handler that has needed no stack of its own", () => {
  it.each(paths)("answers %s as at first", async (path) => {
    const name = `p${paths.indexOf(path)}`;
    await host.registry.deploy(name, answers, { settings: { grants: { clocks: true } } });
    const first = await ask(name, path);
    await host.registry.remove(name);
    await trusted(name, answers);
    expect(await ask(name, path)).toBe(first);
    expect(await ask(name, "/hello")).toMatch(/\r\n\r\nHello\.$/);
    await host.registry.remove(name);
  });

  it("is told all of a body, and answers HEAD without one", async () => {
    await trusted("body", answers);
    expect(await ask("body", "/echo", "POST", "all of it")).toMatch(/all of it/);
    const whole = await ask("body", "/hello", "HEAD");
    expect(whole).toMatch(/content-length: 6\r\n/i);
    expect(whole).toMatch(/\r\n\r\n$/);
    await host.registry.remove("body");
  });

  it("ends when it sleeps too long, and answers the next", async () => {
    await trusted("sleeper", answers, { limits: { time: 50 } });
    expect(await ask("sleeper", "/sleep")).toMatch(/ 504 /);
    expect(await ask("sleeper", "/hello")).toMatch(/ 200 OK\r\n/);
    await host.registry.remove("sleeper");
  });

  it.each(["/before", "/unsent", "/begun", "/after"])("says what it logs once: %s", async (path) => {
    const name = `log${path.slice(1)}`;
    await trusted(name, logs);
    lines.length = 0;
    expect(await ask(name, path)).toMatch(/answer$/);
    expect(lines).toEqual([expect.stringMatching(/^said/)]);
    await host.registry.remove(name);
  });

  it("pays for what was given up, and tries less often after it", async () => {
    await trusted("payer", logs);
    const spent = async (path: string) => {
      const before = fuelOf("payer");
      await ask("payer", path);
      return fuelOf("payer") - before;
    };
    let [tried, untried] = [0, 0];
    // See below: on a machine that others need too, the first requests may have waited, and are no good answers then.
    for (let i = 0; i < 20 && tried <= untried; i++) {
      await greet("payer", 24);
      tried = await spent("/after");
      untried = await spent("/after");
    }
    expect(tried).toBeGreaterThan(1.5 * untried);
    // Twice as many good answers are needed now.
    await greet("payer", 4);
    expect(await spent("/after")).toBe(untried);
    await greet("payer", 8);
    expect(await spent("/after")).toBeGreaterThan(1.5 * untried);
    await host.registry.remove("payer");
  });

  it("may compute as long as any, though not in what may have to be given up", async () => {
    await trusted("long", logs);
    const spent = async (path: string) => {
      const before = fuelOf("long");
      expect(await ask("long", path)).toMatch(/answer$/);
      return fuelOf("long") - before;
    };
    let [tried, untried] = [0, 0];
    // Who was slow by the clock a moment ago, as on a machine that others need too, is not tried.
    for (let i = 0; i < 20 && tried <= untried; i++) {
      await greet("long", 24);
      tried = await spent("/long");
      untried = await spent("/long");
    }
    expect(tried).toBeGreaterThan(untried);
    // So little may be spent in vain, with the cell that takes the other's place.
    expect(tried - untried).toBeLessThan(6_000_000);
    await host.registry.remove("long");
  });
});
