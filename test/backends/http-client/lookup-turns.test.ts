/** Lookups of names that nobody answers: what the plugin that asks for them gets, and that others are not held up. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { AddressLookup } from "../../../host/backends/http-client/checked-connect.ts";
import { lookupsAtOnce } from "../../../host/backends/http-client/lookup-turns.ts";
import { type DrivenClient, drivenClients } from "./driven-client.ts";
import { startTestDns, type TestDns } from "./test-dns.ts";

let dns: TestDns;
let port: number;
/** Lookups as the driver asks for them. Those of names below `held` are under way until the test ends them, as the system's are. */
let asked: string[];
let held: Map<string, () => void>;
let underWay: number;
let most: number;
let clientOf: ReturnType<typeof drivenClients>;
const endings: (() => void)[] = [];

beforeEach(async () => {
  const server = createServer((request, response) => void response.end(request.headers.host));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
  dns = await startTestDns({ "good.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]] });
  [asked, held, underWay, most] = [[], new Map(), 0, 0];
  const lookup: AddressLookup = (name, callback) => {
    asked.push(name);
    most = Math.max(most, ++underWay);
    const answer = () =>
      dns.lookup(name, (...answers) => {
        underWay--;
        callback(...answers);
      });
    if (name.endsWith(".held")) held.set(name, answer);
    else answer();
  };
  clientOf = drivenClients({ lookup });
  endings.push(
    () => server.close(),
    () => dns.close(),
  );
});
afterEach(() => {
  for (const answer of held.values()) answer();
  for (const end of endings.splice(0)) end();
});

function client(plugin: string, connect = 60_000): DrivenClient {
  const grant = { allow: ["http://*:*"], private: true, concurrent: 100, timeouts: { connect } };
  const made = clientOf(plugin, grant);
  endings.push(() => made.release());
  return made;
}

const to = (name: string) => `http://${name}:${port}/`;

/** Waits for something that is on its way. */
async function until(reached: () => boolean): Promise<void> {
  while (!reached()) await new Promise((resolve) => setImmediate(resolve));
}

it("holds up no other plugin by names that are never answered", async () => {
  const greedy = client("greedy");
  const names = Array.from({ length: 50 }, (_, n) => `n${n}.held`);
  const lost = names.map((name) => greedy.request(to(name)));
  await until(() => asked.length > 0);
  const good = await client("good").request(to("good.test"));
  expect(good).toMatchObject({ status: 200, text: `good.test:${port}` });
  expect(asked).toEqual(["n0.held", "good.test"]);
  // One after the other.
  for (const name of names) {
    await until(() => held.has(name));
    held.get(name)!();
    held.delete(name);
  }
  for (const outcome of await Promise.all(lost))
    expect(outcome).toEqual({
      error: { tag: "DNS-error", val: { rcode: "NXDOMAIN", "info-code": null } },
    });
  expect(most).toBe(2);
});

it("has no more lookups under way than leave threads for others, whose plugins take turns", async () => {
  const slots = lookupsAtOnce(process.env);
  const plugins = Array.from({ length: slots + 1 }, (_, n) => `p${n}`);
  const requests = plugins.map((plugin) => [
    client(plugin).request(to(`${plugin}.first.held`)),
    client(plugin).request(to(`${plugin}.second.held`)),
  ]);
  await until(() => asked.length === slots);
  const order: string[] = [];
  while (order.length < 2 * plugins.length) {
    await until(() => held.size > 0);
    const [name] = held.keys();
    order.push(name!);
    held.get(name!)!();
    held.delete(name!);
  }
  await Promise.all(requests.flat());
  expect(most).toBe(slots);
  expect(order.slice(0, plugins.length)).toEqual(plugins.map((plugin) => `${plugin}.first.held`));
});

it("ends the wait for a name, or for a turn, with the time to connect, as DNS-timeout", async () => {
  const hasty = client("hasty", 200);
  const timeout = { error: { tag: "DNS-timeout" } };
  const requests = ["a.held", "b.held", "a.held"].map((name) => hasty.request(to(name)));
  const body = { url: to("c.held"), method: "POST", body: ["x"] };
  expect(await Promise.all([...requests, hasty.request(body)])).toEqual([timeout, timeout, timeout, timeout]);
  // What nobody waits for any more is not looked up.
  const next = hasty.request(to("other.test"));
  held.get("a.held")!();
  held.delete("a.held");
  expect(await next).toMatchObject({ status: 200 });
  expect(asked).toEqual(["a.held", "other.test"]);
});

it("shortens the wait to what the guest says", async () => {
  const patient = client("patient");
  const request = { url: to("a.held"), times: { connectTimeout: 50 } };
  expect(await patient.request(request)).toEqual({ error: { tag: "DNS-timeout" } });
});

it("asks once for a name that several ask for at one time, whoever they are", async () => {
  const [one, two] = [client("one"), client("two")];
  const all = [one, one, two].map((made) => made.request(to("same.held")));
  await until(() => held.size > 0);
  // A plugin that waits for another's lookup has its own turn still.
  expect(await two.request(to("good.test"))).toMatchObject({ status: 200 });
  held.get("same.held")!();
  held.delete("same.held");
  await Promise.all(all);
  expect(asked).toEqual(["same.held", "good.test"]);
});

it("gives the turn of a deployment that has ended to the next", async () => {
  const ended = client("ended");
  const lost = [ended.open({ url: to("a.held") }), ended.open({ url: to("b.held") })];
  await until(() => held.size > 0);
  ended.endCell();
  for (const exchange of lost) await expect(exchange.receive()).rejects.toMatchObject({ code: "closed" });
  ended.release();
  held.get("a.held")!();
  held.delete("a.held");
  expect(await client("ended").request(to("good.test"))).toMatchObject({ status: 200 });
  expect(asked).toEqual(["a.held", "good.test"]);
});

it.each([
  [{}, 2],
  [{ UV_THREADPOOL_SIZE: "16" }, 8],
  [{ UV_THREADPOOL_SIZE: "1" }, 1],
  [{ UV_THREADPOOL_SIZE: "many" }, 1],
])("takes half of Node's threads: %j", (environment, threads) => {
  expect(lookupsAtOnce(environment)).toBe(threads);
});
