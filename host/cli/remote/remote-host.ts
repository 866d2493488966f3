/** A running host as the CLI talks to it: over its HTTP API. */

import { isLoopback } from "../../access/loopback.ts";
import { HotcellError } from "../../errors.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";
import { errorOf } from "./host-error.ts";
import { hostName, type KnownHost, KnownHosts } from "./known-hosts.ts";
import { type Environment, type LocalHost, localHosts, localUrl } from "./local-host.ts";

export interface RemoteHost {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
}

/**
 * The host that `url` is or names among those of `hotcell login`, else that of HOTCELL_URL, of HOTCELL_HOST and HOTCELL_PORT, the nearest that runs
 * on this machine, or the one that was logged in to last. The token is the one given, else HOTCELL_TOKEN, else the one in a data folder here
 * or above, which goes to the host that says that it serves from that folder, or to one on this machine only; else that of `hotcell login`. What was
 * logged in to and is named gets its own. Throws `bad-settings` for what is no http URL and no name.
 */
export function remoteHost(
  url: string | undefined,
  token: string | undefined,
  environment: Environment,
  folder: string = process.cwd(),
): RemoteHost {
  const hosts = localHosts(environment, folder);
  const asked = url ?? (environment.HOTCELL_URL || undefined);
  const by = url === undefined ? "HOTCELL_URL" : "--url";
  const named = asked !== undefined && hostName.test(asked) ? knownHost(asked, by, environment) : undefined;
  const wanted =
    named?.url ?? asked ?? localUrl(environment, hosts) ?? currentUrl(environment) ?? "http://127.0.0.1:8787";
  const parsed = URL.parse(wanted);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new HotcellError(
      "bad-settings",
      `${by} is ${JSON.stringify(wanted)}, which is no host's address.`,
      {
        subject: by,
        actual: wanted,
        expected: "an http or https URL, or a name that hotcell login was given",
        remedy: "Give the address that hotcell serve prints: --url http://127.0.0.1:8787",
      },
    );
  }
  const told = token ?? named?.token ?? (environment.HOTCELL_TOKEN || keptToken(parsed, hosts));
  return {
    url: parsed.href.replace(/\/+$/, ""),
    token: told ?? new KnownHosts(environment).tokenFor(parsed),
  };
}

function knownHost(name: string, by: string, environment: Environment): KnownHost {
  const known = new KnownHosts(environment);
  const host = known.get(name);
  if (host) return host;
  const names = known.all.map(([each]) => each);
  const hint = didYouMean(nearest(name, names));
  throw new HotcellError("bad-settings", `No host is known as ${name}.`, {
    subject: by,
    actual: name,
    remedy:
      hint ??
      `Give its URL, as in --url http://127.0.0.1:8787, or name it first: hotcell login URL --name ${name}`,
  });
}

function currentUrl(environment: Environment): string | undefined {
  const known = new KnownHosts(environment);
  return known.current === undefined ? undefined : known.get(known.current)?.url;
}

/** A host that has another token would be sent one that is none of its business: the folder it serves from comes first. */
function keptToken(asked: URL, hosts: readonly LocalHost[]): string | undefined {
  const itsOwn = hosts.find(({ url }) => url?.origin === asked.origin);
  if (itsOwn) return itsOwn.token;
  const onlyHere = isLoopback(asked.hostname.replace(/^\[(.*)\]$/, "$1"));
  return onlyHere ? hosts.find(({ token }) => token !== undefined)?.token : undefined;
}

/** The host's answer, JSON; undefined for none. Throws the host's own errors, and `no-host` when none answers. */
export async function ask(
  host: RemoteHost,
  method: string,
  path: string,
  body?: FormData | object,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const json = body !== undefined && !(body instanceof FormData);
  const response = await exchange(host, path, {
    method,
    ...(body !== undefined && { body: json ? JSON.stringify(body) : (body as FormData) }),
    headers: { ...(json && { "content-type": "application/json" }), ...headers },
  });
  const text = await response.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(host.url, response);
  }
}

/** Bytes that the host has at a path. Throws as `ask` does. */
export async function askBytes(host: RemoteHost, path: string): Promise<Uint8Array> {
  const response = await exchange(host, path, { headers: {} });
  return new Uint8Array(await response.arrayBuffer());
}

/** Request with bytes, or none, and headers besides; gives the answer's text. Throws as `ask` does. */
export async function sendBytes(
  host: RemoteHost,
  method: "PUT" | "DELETE",
  path: string,
  { bytes, headers = {} }: { readonly bytes?: Uint8Array; readonly headers?: Record<string, string> },
): Promise<string> {
  const response = await exchange(host, path, {
    method,
    ...(bytes && { body: new Uint8Array(bytes) }),
    headers: { ...headers, ...(bytes && { "content-type": "application/octet-stream" }) },
  });
  return response.text();
}

/** Request as `fetch` takes it. */
export type HostRequest = Omit<RequestInit, "headers"> & {
  readonly headers: Readonly<Record<string, string>>;
  /** Needed for a body that is a stream. */
  readonly duplex?: "half";
};

/** Request as `fetch` takes it, with the token besides, and whatever good answer comes. Throws as `ask` does. */
export async function exchange(
  { url, token }: RemoteHost,
  path: string,
  request: HostRequest,
): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await send(`${url}${path}`, {
    ...request,
    headers: { ...request.headers, ...authorization },
  });
  if (response.ok) return response;
  throw errorOf(await response.json().catch(() => undefined)) ?? unusable(url, response);
}

/** Error for what answers and is no host: something else may listen there, or stand in between. */
export function unusable(url: string, { status, statusText }: Response): HotcellError {
  return noHost(url, `answered ${`${status} ${statusText}`.trim()}, and not as a host does`, {
    remedy: "Name the address that hotcell serve prints, or see what stands before it.",
  });
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw noHost(new URL(url).origin, "does not answer", { cause, ...reasonOf(cause) });
  }
}

/** Reasons that people can do something about, by the codes of what the connection met. */
const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "No such name is known here: see that it is spelt well, and that there is a network.",
  EAI_AGAIN: "Names can't be looked up at present: see that there is a network.",
  ERR_SSL_WRONG_VERSION_NUMBER: "It does not speak TLS: name it by http://, or the proxy before it.",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "It does not speak TLS: name it by http://, or the proxy before it.",
  CERT_HAS_EXPIRED: "Its certificate has expired: that has to be renewed there.",
  ERR_TLS_CERT_ALTNAME_INVALID: "Its certificate is for another name: use that one.",
  ...Object.fromEntries(
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"].map(
      (code) => [code, "Its certificate is not trusted here: NODE_EXTRA_CA_CERTS=FILE names whose are."],
    ),
  ),
};

function reasonOf(thrown: unknown): { readonly remedy?: string } {
  const code = thrown instanceof Error ? (thrown.cause as { code?: unknown } | undefined)?.code : undefined;
  const remedy = typeof code === "string" ? reasons[code] : undefined;
  return remedy === undefined ? {} : { remedy };
}

function noHost(
  url: string,
  what: string,
  facts: { readonly remedy?: string; readonly cause?: unknown } = {},
): HotcellError {
  return new HotcellError("no-host", `${url} ${what}.`, {
    subject: url,
    remedy: "Start a host there with hotcell serve, or name another with --url.",
    ...facts,
  });
}
