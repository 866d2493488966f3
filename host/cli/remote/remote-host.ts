/** A running host as the CLI talks to it: over its HTTP API. */

import { isLoopback } from "../../access/access.ts";
import { type ErrorCode, HotcellError, type Problem } from "../../errors.ts";
import type { Deployment } from "../../registry/api.ts";
import type { SettingsInput } from "../../registry/settings/settings.ts";
import { asTar } from "../build/files-folder.ts";
import { defaultUrl, type Environment, type LocalHost, localHosts } from "./local-host.ts";

export interface RemoteHost {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
}

/**
 * The host at `url`, else the one that HOTCELL_HOST and HOTCELL_PORT name, else the nearest of this machine. The token is
 * the one given, else HOTCELL_TOKEN, else the one in a data folder here or above: it goes to the host that says that it
 * serves from that folder, or to one on this machine only. Throws `bad-settings` for what is no http URL.
 */
export function remoteHost(
  url: string | undefined,
  token: string | undefined,
  environment: Environment,
  folder: string = process.cwd(),
): RemoteHost {
  const hosts = localHosts(environment, folder);
  const wanted = url ?? defaultUrl(environment, hosts);
  const parsed = URL.parse(wanted);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new HotcellError(
      "bad-settings",
      `--url is ${JSON.stringify(wanted)}, which is no host's address.`,
      {
        subject: "--url",
        actual: wanted,
        expected: "an http or https URL",
        remedy: "Give the address that hotcell serve prints: --url http://127.0.0.1:8787",
      },
    );
  }
  return {
    url: parsed.href.replace(/\/+$/, ""),
    token: token ?? (environment.HOTCELL_TOKEN || keptToken(parsed, hosts)),
  };
}

/** A host that has another token would be sent one that is none of its business: the folder it serves from comes first. */
function keptToken(asked: URL, hosts: readonly LocalHost[]): string | undefined {
  const itsOwn = hosts.find(({ url }) => url?.origin === asked.origin);
  if (itsOwn) return itsOwn.token;
  const onlyHere = isLoopback(asked.hostname.replace(/^\[(.*)\]$/, "$1"));
  return onlyHere ? hosts.find(({ token }) => token !== undefined)?.token : undefined;
}

export interface UploadOptions {
  /** Merged into those that the plugin has. */
  readonly settings: SettingsInput;
  /** Capabilities that it is granted besides. */
  readonly grant: readonly string[];
  readonly allowBreaking: boolean;
  readonly allowStateLoss: boolean;
  /** Files that come with it, by their paths. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Deployment as the API answers with it. */
export interface Deployed extends Deployment {
  /** Addresses at which the plugin serves HTTP, if it does: URLs, or what leads from the API's to them. */
  readonly servedAt?: readonly string[];
}

/** Deploys a component. Throws the host's own errors, and `no-host` when none answers. */
export async function upload(
  { url, token }: RemoteHost,
  plugin: string,
  wasm: Uint8Array,
  { settings, grant, allowBreaking, allowStateLoss, files }: UploadOptions,
): Promise<Deployed> {
  const form = new FormData();
  form.set("plugin", new Blob([new Uint8Array(wasm)], { type: "application/wasm" }), `${plugin}.wasm`);
  if (Object.keys(settings).length > 0) form.set("settings", JSON.stringify(settings));
  if (files.size > 0) form.set("files", await asTar(files), "files.tar");
  const query = new URLSearchParams(grant.map((name) => ["grant", name]));
  if (allowBreaking) query.set("allow-breaking", "true");
  if (allowStateLoss) query.set("allow-state-loss", "true");
  return (await ask({ url, token }, "PUT", `/plugins/${plugin}?${query}`, form)) as Deployed;
}

/** The host's answer, JSON; undefined for none. Throws the host's own errors, and `no-host` when none answers. */
export async function ask(
  { url, token }: RemoteHost,
  method: string,
  path: string,
  body?: FormData | object,
): Promise<unknown> {
  const json = body !== undefined && !(body instanceof FormData);
  const response = await send(`${url}${path}`, {
    method,
    ...(body !== undefined && { body: json ? JSON.stringify(body) : (body as FormData) }),
    headers: {
      ...(json && { "content-type": "application/json" }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  throw errorOf(answer) ?? unusable(url, response);
}

/** Bytes that the host has at a path. Throws as `ask` does. */
export async function askBytes({ url, token }: RemoteHost, path: string): Promise<Uint8Array> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await send(`${url}${path}`, { headers });
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw errorOf(await response.json().catch(() => undefined)) ?? unusable(url, response);
}

/** Request with bytes, or none, and headers besides; gives the answer's text. Throws as `ask` does. */
export async function sendBytes(
  { url, token }: RemoteHost,
  method: "PUT" | "DELETE",
  path: string,
  { bytes, headers = {} }: { readonly bytes?: Uint8Array; readonly headers?: Record<string, string> },
): Promise<string> {
  const response = await send(`${url}${path}`, {
    method,
    ...(bytes && { body: new Uint8Array(bytes) }),
    headers: {
      ...headers,
      ...(bytes && { "content-type": "application/octet-stream" }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  if (response.ok) return response.text();
  throw errorOf(await response.json().catch(() => undefined)) ?? unusable(url, response);
}

function unusable(url: string, { status, statusText }: Response): HotcellError {
  return noHost(url, `answered ${status} ${statusText}`);
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (cause) {
    throw noHost(new URL(url).origin, "does not answer", cause);
  }
}

function noHost(url: string, what: string, cause?: unknown): HotcellError {
  return new HotcellError("no-host", `${url} ${what}.`, {
    subject: url,
    remedy: "Start a host there with hotcell serve, or name another with --url.",
    cause,
  });
}

/** The error that a problem document (RFC 9457) was made of. */
function errorOf(body: unknown): HotcellError | undefined {
  if (typeof body !== "object" || body === null || !("code" in body) || !("detail" in body)) return undefined;
  const { code, detail, remedy, changes } = body as Problem;
  return new HotcellError(code as ErrorCode, detail, {
    ...(typeof remedy === "string" && { remedy }),
    ...(Array.isArray(changes) && { extra: { changes } }),
  });
}
