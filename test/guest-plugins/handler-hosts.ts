/** Hosts that let a component's `wasi:http/incoming-handler` answer: jco's server, and our own. */
import { createHost } from "../../host/host.ts";
import { MemoryExchange } from "../drive/memory-exchange.ts";
import { serveByJco } from "./jco-server.ts";

interface Question {
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
}

interface HandlerHost {
  ask(target: string, question?: Question): Promise<Response>;
  close(): Promise<void>;
}

async function onJco(component: Uint8Array): Promise<HandlerHost> {
  const { url, close } = await serveByJco(component);
  return {
    close,
    ask: (target, { headers = [], body = "", ...rest } = {}) =>
      fetch(url + target, {
        redirect: "manual",
        headers: headers as [string, string][],
        body: body.length > 0 ? Buffer.from(body) : null,
        ...rest,
      }),
  };
}

async function onOurs(
  component: Uint8Array,
  settings: Readonly<Record<string, unknown>>,
): Promise<HandlerHost> {
  const host = await createHost();
  // Time of the thread is fuel, and on a crowded machine the thread of a test collects the garbage of many.
  const limits = { fuel: 6_000_000_000, fuelPerSecond: 6_000_000_000 };
  await host.registry.deploy("site", component, { settings: { limits, ...settings } });
  return {
    close: () => host.close(),
    async ask(target, { method = "GET", headers = [], body } = {}) {
      const exchange = new MemoryExchange({
        method,
        target,
        fields: headers.flat(),
        ...(body !== undefined && { body: [body] }),
      });
      await (await host.registry.handler("site")).handle(exchange);
      const { status, head, pieces, end } = exchange.response!;
      if (end !== "finished") throw new Error(`The answer was ${end}.`);
      const fields = head.fields;
      const pairs = fields.flatMap((name, i): [string, string][] =>
        i % 2 === 0 ? [[name, fields[i + 1]!]] : [],
      );
      const empty = method === "HEAD" || status === 204 || status === 304;
      return new Response(empty ? null : Buffer.concat(pieces), { status, headers: pairs });
    },
  };
}

type Start = (component: Uint8Array) => Promise<HandlerHost>;

export const handlerHosts: readonly (readonly [string, Start])[] = [
  ["jco", onJco],
  ["a host in mode fresh", (component) => onOurs(component, { mode: "fresh" })],
  ["a host in mode shared", (component) => onOurs(component, { mode: "shared" })],
];
