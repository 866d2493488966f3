/** Driver of outgoing HTTP: requests that plugins make, as far as their grants and the host's owner let them. */
import { lookup } from "node:dns";
import { Agent } from "undici";
import { httpClientBounds } from "../../bounds/http-client-bounds.ts";
import type { CallOrigin } from "../../engine/call-context.ts";
import { type Backend, type BackendContext, type Driver, UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import type { Exchange } from "../exchange.ts";
import { type AddressLookup, checkedConnector } from "./checked-connect.ts";
import { type ClientMeans, ClientRequest } from "./client-request.ts";
import type { HostReach, HttpClientSettings } from "./client-settings.ts";
import { LookupTurns, lookupsAtOnce, type PluginLookups } from "./lookup-turns.ts";
import { RequestRoom } from "./request-room.ts";
import { StreamingClient } from "./streaming-client.ts";

export interface HttpClientOptions {
  readonly reach: HostReach;
  /** Lookup of names; by default the system's. */
  readonly lookup?: AddressLookup;
  /** Certificates of authorities in place of Node's, as PEM. */
  readonly ca?: string;
}

/** Driver for a host. Two deployments share lookups of names that are under way, and neither connections nor sessions. */
export function httpClientDriver(options: HttpClientOptions): Driver {
  const turns = new LookupTurns(options.lookup ?? systemLookup, lookupsAtOnce(process.env));
  const bind = (context: BackendContext<unknown>) =>
    new HttpClient(options, turns, context as BackendContext<HttpClientSettings>);
  return {
    bind,
    // A request may be an order: it leaves from checks where these say so.
    forChecks: (asked) =>
      asked
        ? undefined
        : { bind: (context) => bind({ ...context, settings: withoutReach(context.settings) }) },
  };
}

/** Settings by which every request is denied. */
function withoutReach(settings: unknown): HttpClientSettings | undefined {
  return settings === undefined ? undefined : { ...(settings as HttpClientSettings), allow: [], secrets: [] };
}

const systemLookup: AddressLookup = (name, callback) => lookup(name, { all: true }, callback);

class HttpClient implements Backend {
  readonly #options: HttpClientOptions;
  readonly #lookups: PluginLookups | undefined;
  readonly #context: BackendContext<HttpClientSettings>;
  readonly #room: RequestRoom | undefined;
  /** Made for the first request. */
  #clients: Pick<ClientMeans, "agent" | "streaming"> | undefined;

  constructor(options: HttpClientOptions, turns: LookupTurns, context: BackendContext<HttpClientSettings>) {
    const { plugin, settings } = context;
    this.#options = options;
    this.#context = context;
    this.#lookups = settings && turns.forPlugin(plugin, settings.timeouts.connect);
    this.#room = settings && new RequestRoom(settings);
  }

  async open(operation: string, data: Data, exchange: Exchange, call?: CallOrigin): Promise<void> {
    const { settings } = this.#context;
    if (operation !== "request" || !settings)
      throw new UnexpectedData("it asked for a request that it may not make");
    this.#clients ??= this.#newClients(settings);
    const { reach } = this.#options;
    const means = { ...this.#clients, settings, reach, room: this.#room!, lookups: this.#lookups! };
    await new ClientRequest(means, this.#context, exchange, call).run(data);
  }

  release(): void {
    void this.#clients?.agent.destroy();
    this.#clients?.streaming.destroy();
    this.#lookups?.release();
  }

  #newClients(settings: HttpClientSettings): Pick<ClientMeans, "agent" | "streaming"> {
    const { reach, ca } = this.#options;
    const { lookup } = this.#lookups!;
    const policy = settings.private && reach.private ? "private" : "public";
    const idle = httpClientBounds.idleConnection.value;
    const connect = checkedConnector({ policy, lookup, ca, timeout: settings.timeouts.connect });
    const agent = new Agent({
      connect,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: idle,
      keepAliveMaxTimeout: idle,
      maxHeaderSize: httpClientBounds.responseFields.value,
      // Timed by phase, for each request by itself.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return { agent, streaming: new StreamingClient(connect, idle) };
  }
}
