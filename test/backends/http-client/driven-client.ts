/** The driver of outgoing HTTP as a guest's side asks it, without a guest. */

import type { AuditEntry } from "../../../host/backends/audit/reach.ts";
import type { Driver } from "../../../host/backends/backend.ts";
import { BackendUse } from "../../../host/backends/backend-use.ts";
import type { Data } from "../../../host/backends/data.ts";
import { BoundBackends } from "../../../host/backends/drivers.ts";
import { cellEnded, type Exchange } from "../../../host/backends/exchange.ts";
import { type HttpClientOptions, httpClientDriver } from "../../../host/backends/http-client/http-client.ts";
import { outgoingGrant } from "../../../host/capabilities/http/outgoing-grant.ts";
import { parseGrant } from "../../../host/capabilities/kit/settings-schema.ts";
import { seal } from "../../../host/capabilities/secret.ts";
import type { CallOrigin } from "../../../host/engine/call-context.ts";
import { Scrubber } from "../../../host/text/scrubber.ts";

interface AskedRequest {
  readonly method?: string;
  /** Or the parts of one, for those that no URL has. */
  readonly url?: string;
  readonly scheme?: "http" | "https";
  readonly authority?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Pieces that come; undefined where none are to. */
  readonly body?: readonly (string | Uint8Array | { readonly trailers: Data })[];
  readonly times?: Readonly<Record<string, number>>;
}

export interface Outcome {
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  readonly text?: string;
  readonly trailers?: readonly (readonly [string, string])[];
  readonly error?: { readonly tag: string; readonly val?: Data };
}

export interface DrivenClient {
  readonly audit: AuditEntry[];
  readonly counters: Record<string, number>;
  /** `deadline`: of the call that asks. */
  open(request: AskedRequest, deadline?: number): Exchange;
  request(request: AskedRequest | string): Promise<Outcome>;
  /** Ends the cell that asks. */
  endCell(): void;
  release(): void;
}

/** `grant`: as an owner sends it. */
export function drivenClient(grant: object, options: Partial<HttpClientOptions> = {}): DrivenClient {
  return drivenClients(options)("guest", grant);
}

/** Clients of one host's plugins. */
export function drivenClients(
  options: Partial<HttpClientOptions>,
): (plugin: string, grant: object) => DrivenClient {
  const { reach = { allow: undefined, private: true } } = options;
  const driver = httpClientDriver({ ...options, reach });
  return (plugin, grant) => drivenBy(driver, plugin, grant);
}

function drivenBy(driver: Driver, plugin: string, grant: object): DrivenClient {
  const settings = parseGrant(outgoingGrant.settings, sealed(grant), "grants.http");
  const audit: AuditEntry[] = [];
  const counters: Record<string, number> = {};
  const account = {
    audit: (_: string, entry: AuditEntry) => void audit.push(entry),
    figure: (_: string, name: string) => ({
      get value() {
        return counters[name] ?? 0;
      },
      set value(value) {
        counters[name] = value;
      },
    }),
  };
  const recipient = { plugin, log: () => {}, drivers: () => driver, reach: account };
  const needs = [{ name: "http-client", capability: "http", settings }];
  const backends = new BoundBackends(needs, recipient, new Scrubber([]), undefined);
  let origin: CallOrigin | undefined;
  const use = new BackendUse(
    (name) => backends.get(name),
    undefined,
    () => origin,
  );
  const open = (request: AskedRequest, deadline?: number) => {
    origin = deadline === undefined ? undefined : { deadline };
    return use.client("http-client").exchange("request", headOf(request));
  };
  return {
    audit,
    counters,
    open,
    async request(asked) {
      const request = typeof asked === "string" ? { url: asked } : asked;
      const exchange = open(request);
      const [outcome] = await Promise.all([outcomeOf(exchange), send(exchange, request.body ?? [])]);
      return outcome;
    },
    endCell: () => use.end(() => cellEnded(plugin)),
    release: () => backends.release(),
  };
}

function sealed(grant: object): unknown {
  return Object.fromEntries(Object.entries(grant).map(([name, value]) => [name, seal(value)]));
}

function headOf({ method = "GET", url, headers = [], times = {}, ...parts }: AskedRequest): Data {
  const [, scheme = "http", authority = "", path = ""] = /^(https?):\/\/([^/]*)(.*)$/s.exec(url ?? "") ?? [];
  return {
    method,
    scheme: parts.scheme ?? scheme,
    authority: parts.authority ?? authority,
    path: parts.path ?? path,
    headers: headers.map(([name, value]) => [name, Buffer.from(value, "latin1")]),
    body: parts.body !== undefined,
    ...times,
  };
}

async function send(exchange: Exchange, parts: NonNullable<AskedRequest["body"]>): Promise<void> {
  try {
    for (const part of parts) await exchange.send(typeof part === "string" ? Buffer.from(part) : part);
    exchange.end();
  } catch {
    // It was cut off, which the other way tells.
  }
}

/** All that comes back, read as fast as it comes. */
export async function outcomeOf(exchange: Exchange): Promise<Outcome> {
  const outcome: Record<string, unknown> = {};
  const pieces: Uint8Array[] = [];
  for (let part = await exchange.receive(); part !== undefined; part = await exchange.receive()) {
    if (part instanceof Uint8Array) pieces.push(part);
    else {
      const { status, headers, trailers, error } = part as Record<string, never>;
      if (status !== undefined) outcome.status = status;
      if (headers) outcome.headers = texts(headers);
      if (trailers) outcome.trailers = texts(trailers);
      if (error) outcome.error = error;
    }
  }
  if (outcome.status !== undefined) outcome.text = Buffer.concat(pieces).toString("latin1");
  return outcome;
}

function texts(fields: readonly (readonly [string, Uint8Array])[]): (readonly [string, string])[] {
  return fields.map(([name, value]) => [name, Buffer.from(value).toString("latin1")]);
}
