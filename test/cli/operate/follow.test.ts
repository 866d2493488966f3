/** `hotcell events -f` and `logs -f` over connections that break, and into pipes whose reader leaves. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { logger, sample } from "../../guests/small-plugins.ts";
import { killRunning, Lines, startHotcell } from "../../support/cli.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";

const host = await hostOfFile();
afterEach(killRunning);

/** Way to the host that can be cut: connections end, and no new ones are taken until it is open again. */
class Way {
  #server: Server | undefined;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  async open(): Promise<void> {
    const server = createServer((client) => {
      const there = connect(host.port, "127.0.0.1");
      for (const socket of [client, there]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
          this.#sockets.delete(socket);
          client.destroy();
          there.destroy();
        });
      }
      client.pipe(there).pipe(client);
    });
    this.#server = server;
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as { port: number }).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async cut(): Promise<void> {
    const closed = this.#server && once(this.#server, "close");
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#server = undefined;
  }
}

const way = new Way();
await way.open();
afterAll(() => way.cut());

const follow = (...line: readonly string[]) =>
  startHotcell([...line, "-f", "--url", way.url], {
    environment: { HOTCELL_TOKEN: authorization.replace("Bearer ", "") },
  });

describe("hotcell events -f", () => {
  it("goes on where a connection broke, without one missing or told twice", async () => {
    await host.put("first", sample());
    const child = follow("events", "first", "second", "third", "--json");
    const lines = new Lines(child);
    const told = await lines.until(/"first"/);
    await way.cut();
    // While nobody can hear of it.
    await host.put("second", sample());
    await way.open();
    told.push(...(await lines.until(/"second"/)));
    await way.cut();
    await way.open();
    await host.put("third", sample());
    told.push(...(await lines.until(/"third"/)));
    const events = told.map((line) => JSON.parse(line) as { id: number; kind: string; plugin: string });
    expect(events.map(({ kind, plugin }) => `${kind} ${plugin}`)).toEqual([
      "deployed first",
      "deployed second",
      "deployed third",
    ]);
    const ended = once(child, "close");
    child.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
  });

  it("says that the host is away, once, and goes on", async () => {
    await host.put("chatty", logger(), "?grant=logging");
    const lines = new Lines(follow("logs", "chatty"));
    await host.call("chatty/say", ["all is well"]);
    await lines.until(/info {2}all is well$/);
    await way.cut();
    expect(await lines.error(/trying again/)).toBe("The host ended the stream, or is away: trying again.\n");
    await host.call("chatty/say", ["still well"]);
    await way.open();
    await lines.until(/info {2}still well$/);
    await way.cut();
    await lines.error(/trying again/);
    await way.open();
  });

  it("ends where nobody reads any more", async () => {
    const child = follow("logs", "chatty");
    await new Lines(child).until(/still well$/);
    const ended = once(child, "close");
    child.stdout.destroy();
    await host.call("chatty/say", ["to nobody"]);
    await host.call("chatty/say", ["to nobody"]);
    expect(await ended).toEqual([141, null]);
  });
});
