/** A running host as the CLI talks to it: over its HTTP API. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isLoopback } from "../../access/access.ts";
import { type ErrorCode, HotcellError, type Problem } from "../../errors.ts";
import type { Deployment } from "../../registry/api.ts";
import type { SettingsInput } from "../../registry/settings/settings.ts";

export interface RemoteHost {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The host at `url`, with the token given, else HOTCELL_TOKEN, else (for a host on this machine only: it is nobody
 * else's) the one that `hotcell serve` keeps in the data folder. Throws `bad-settings` for what is no http URL.
 */
export async function remoteHost(
  url: string,
  token: string | undefined,
  environment: Environment,
): Promise<RemoteHost> {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new HotcellError("bad-settings", `--url is ${JSON.stringify(url)}, which is no host's address.`, {
      subject: "--url",
      actual: url,
      expected: "an http or https URL",
      remedy: "Give the address that hotcell serve prints: --url http://127.0.0.1:8787",
    });
  }
  const kept = join(environment.HOTCELL_DATA || ".hotcell", "token");
  const ours = isLoopback(parsed.hostname.replace(/^\[(.*)\]$/, "$1")) && existsSync(kept);
  return {
    url: parsed.href.replace(/\/+$/, ""),
    token: token ?? (environment.HOTCELL_TOKEN || (ours ? (await readFile(kept, "utf8")).trim() : undefined)),
  };
}

export interface UploadOptions {
  /** Merged into those that the plugin has. */
  readonly settings: SettingsInput;
  /** Capabilities that it is granted besides. */
  readonly grant: readonly string[];
  readonly allowBreaking: boolean;
  readonly allowStateLoss: boolean;
}

/** Deploys a component. Throws the host's own errors, and `no-host` when none answers. */
export async function upload(
  { url, token }: RemoteHost,
  plugin: string,
  wasm: Uint8Array,
  { settings, grant, allowBreaking, allowStateLoss }: UploadOptions,
): Promise<Deployment> {
  const form = new FormData();
  form.set("plugin", new Blob([new Uint8Array(wasm)], { type: "application/wasm" }), `${plugin}.wasm`);
  if (Object.keys(settings).length > 0) form.set("settings", JSON.stringify(settings));
  const query = new URLSearchParams(grant.map((name) => ["grant", name]));
  if (allowBreaking) query.set("allow-breaking", "true");
  if (allowStateLoss) query.set("allow-state-loss", "true");
  return (await ask({ url, token }, "PUT", `/plugins/${plugin}?${query}`, form)) as Deployment;
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
  throw errorOf(answer) ?? noHost(url, `answered ${response.status} ${response.statusText}`);
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
