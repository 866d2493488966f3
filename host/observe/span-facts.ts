/** Facts of spans, by the names of OpenTelemetry's semantic conventions where these have one. */
import type { BackendMessage, CallMessage, DeployMessage, RequestMessage } from "./channels.ts";
import type { SpanFacts } from "./span-api.ts";

/** Methods that are told as they are (RFC 9110, and PATCH): clients may write any other. */
const methods: ReadonlySet<string> = new Set([
  ...["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"],
]);

/** Characters of a path, and of a name, that a span has. */
const [maxPath, maxName] = [1_000, 200];

/** Name of a request's span: there are few of them, however many paths there are. */
export function requestName({ method, route }: Pick<RequestMessage, "method" | "route">): string {
  const told = method !== undefined && methods.has(method) ? method : "HTTP";
  return route === undefined ? told : `${told} ${route}`;
}

export function requestFacts(message: RequestMessage): SpanFacts {
  const { method, target, client, route, status, plugin, caller, left } = message;
  const facts: SpanFacts = { "url.scheme": "http" };
  if (method !== undefined) {
    facts["http.request.method"] = methods.has(method) ? method : "_OTHER";
    if (!methods.has(method)) facts["http.request.method_original"] = method.slice(0, maxName);
  }
  // Without the query, which may have secrets in it.
  if (target !== undefined) facts["url.path"] = target.split(/[?#]/, 1)[0]!.slice(0, maxPath);
  if (client !== undefined) facts["client.address"] = client;
  if (route !== undefined) facts["http.route"] = route;
  if (status !== undefined) facts["http.response.status_code"] = status;
  if (plugin !== undefined) facts["hotcell.plugin"] = plugin.slice(0, maxName);
  if (message.function !== undefined) facts["hotcell.function"] = message.function.slice(0, maxName);
  if (caller !== undefined) facts["hotcell.caller"] = caller;
  if (left) facts["hotcell.left"] = true;
  return facts;
}

/** Facts of a call that has ended. */
export function callFacts(message: CallMessage): SpanFacts {
  const { plugin, version, kind, caller, fuel } = message;
  return {
    "faas.name": plugin,
    "faas.version": version,
    "faas.trigger": kind === "http" ? "http" : caller === "schedule" ? "timer" : "other",
    "hotcell.plugin": plugin,
    "hotcell.function": message.function,
    ...(caller !== undefined && { "hotcell.caller": caller }),
    ...(fuel !== undefined && { "hotcell.fuel": fuel }),
  };
}

export function backendFacts({ plugin, backend, operation, request }: BackendMessage): SpanFacts {
  const facts: SpanFacts = {
    "hotcell.plugin": plugin,
    "hotcell.backend": backend,
    "hotcell.operation": operation,
  };
  if (!request) return facts;
  const { method, host, port, scheme, status } = request;
  facts["http.request.method"] = methods.has(method) ? method : "_OTHER";
  if (host !== undefined) facts["server.address"] = host;
  if (port !== undefined) facts["server.port"] = port;
  if (scheme !== undefined) facts["url.scheme"] = scheme;
  if (status !== undefined) facts["http.response.status_code"] = status;
  return facts;
}

/** Failure of a request out, as its client sees it (semantic conventions of HTTP); undefined where nothing did. */
export function outgoingError({ request }: BackendMessage): string | undefined {
  const { status = 200, error } = request ?? {};
  return error ?? (status >= 400 ? `${status}` : undefined);
}

export function deployFacts({ plugin, who, outcome, revision, version }: DeployMessage): SpanFacts {
  return {
    "hotcell.plugin": plugin,
    ...(who !== undefined && { "hotcell.caller": who }),
    ...(outcome !== undefined && { "hotcell.outcome": outcome }),
    ...(revision !== undefined && { "hotcell.revision": revision }),
    ...(version !== undefined && { "faas.version": version }),
  };
}
