/** A real host behind a real listening server, one for each test file. */

import type { Hono } from "hono";
import type { FailureLimit } from "../../host/access/failed-tokens.ts";
import type { IssuedTokens } from "../../host/access/issued-tokens.ts";
import type { LogLine } from "../../host/backends/log/log-line.ts";
import type { HostCapabilities } from "../../host/capabilities/own/own-table.ts";
import type { ConsoleFiles } from "../../host/console/console-file.ts";
import { createHost, type Host } from "../../host/host.ts";
import type { BodyLimits } from "../../host/http/body/body-limits.ts";
import type { StreamLimits } from "../../host/http/routes/event-streams.ts";
import type { ServerLimits } from "../../host/http/server/http-server.ts";
import type { VisitWatcher } from "../../host/http/visits/visit.ts";
import type { HeapAccount } from "../../host/platform/heap-account.ts";
import type { Registry } from "../../host/registry/api.ts";
import type { Ceilings } from "../../host/registry/plugin-limits.ts";
import { type ApiListener, type Serving, serve } from "../../host/server.ts";
import type { Store } from "../../host/store/store.ts";

const token = "test-token";
export const authorization = `Bearer ${token}`;

export interface TestHost extends Serving {
  readonly host: Host;
  readonly registry: Registry;
  readonly store: Store;
  readonly tokens: IssuedTokens;
  /** What was logged as a fault of ours. */
  readonly faults: unknown[];
  /** Every route that the app has. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  send(method: string, path: string, options?: Sending): Promise<Answer>;
  /** PUT with the token. */
  put(plugin: string, bytes: Uint8Array, query?: string, headers?: Record<string, string>): Promise<Answer>;
  call(path: string, args: unknown): Promise<Answer>;
}

/** Whatever fetch takes as a body. */
export type Body = NonNullable<RequestInit["body"]>;

interface Sending {
  readonly body?: Body;
  readonly headers?: Record<string, string>;
  readonly anonymous?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON; undefined if it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape.
  readonly json: any;
}

export interface TestHostOptions {
  /** What is bound; the server is reached through 127.0.0.1 all the same. */
  readonly address?: string;
  readonly allowedHosts?: readonly string[];
  readonly limits?: Partial<BodyLimits>;
  readonly serverLimits?: Partial<ServerLimits>;
  readonly failures?: FailureLimit;
  readonly cors?: readonly string[];
  readonly trustProxy?: boolean;
  readonly publicUrl?: string;
  /** The listener of the API, if it is to have one of its own. */
  readonly admin?: ApiListener;
  /** The admin token; a short one by default. */
  readonly adminToken?: string;
  readonly ready?: () => boolean;
  readonly grace?: number;
  readonly privateCalls?: boolean;
  readonly console?: boolean;
  /** Files of the console in place of a checkout's. */
  readonly consoleFiles?: ConsoleFiles;
  /** Of plugins' limits. */
  readonly ceilings?: Ceilings;
  /** What requests and answers draw on. */
  readonly heap?: HeapAccount;
  readonly streams?: StreamLimits;
  /** Stays open, and is the test's to close. */
  readonly store?: Store;
  /** The data folder; by default everything is in memory. */
  readonly data?: string;
  /** It shares that folder with other hosts. */
  readonly shareData?: boolean;
  readonly log?: (line: LogLine) => void;
  readonly capabilities?: HostCapabilities;
  /** Destinations that plugins may be granted at all. */
  readonly allow?: readonly string[];
  /** Registries that the host may pull from, and the file of logins for them. */
  readonly registries?: readonly string[];
  readonly registryAuth?: string;
  readonly watcher?: VisitWatcher;
  /** Routes besides the app's own. */
  readonly addRoutes?: (app: Hono) => void;
}

export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const { address = "127.0.0.1", adminToken = token, log = () => {}, ready = () => true } = options;
  const {
    data,
    shareData,
    store,
    ceilings,
    capabilities,
    allow,
    registries,
    registryAuth,
    addRoutes,
    streams: streamLimits,
    ...serving
  } = options;
  const host = await createHost({
    log,
    ...(data !== undefined && { data }),
    ...(shareData && { shareData }),
    ...(store && { store }),
    ...(ceilings && { ceilings }),
    ...(allow && { allow }),
    ...(registries && { registries }),
    ...(registryAuth !== undefined && { registryAuth }),
    ...(capabilities && { capabilities }),
  });
  const faults: unknown[] = [];
  const server = await serve(host, {
    ...serving,
    ...{ host: address, port: 0, token: adminToken, ready, logFault: (error) => faults.push(error) },
    ...(streamLimits && { streamLimits }),
  });
  const { url, app } = server;
  addRoutes?.(app);
  const send: TestHost["send"] = async (method, path, { body, headers = {}, anonymous = false } = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: { ...(!anonymous && { authorization }), ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: parsed(text) };
  };
  return {
    ...server,
    host,
    registry: host.registry,
    store: host.store,
    tokens: host.tokens,
    faults,
    routes: app.routes,
    send,
    put: (plugin, bytes, query = "", headers = {}) =>
      send("PUT", `/plugins/${plugin}${query}`, {
        body: bytes as Uint8Array<ArrayBuffer>,
        headers: { "content-type": "application/wasm", ...headers },
      }),
    call: (path, args) =>
      send("POST", `/call/${path}`, {
        body: JSON.stringify(args),
        headers: { "content-type": "application/json" },
        anonymous: true,
      }),
    close: async () => {
      await server.close();
      await host.close();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
