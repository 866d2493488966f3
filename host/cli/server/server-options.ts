/** Options of the server: environment variables, which command-line options overrule. */

import { isOrigin, isPublicUrl, publicUrls } from "../../access/origin.ts";
import { readReach } from "../../backends/http-client/host-reach.ts";
import { HotcellError } from "../../errors.ts";
import type { ServerOptions } from "../../server.ts";
import { readRegistries } from "../../sources/oci/registry-rules.ts";
import type { WhenGone } from "../../sources/plugins-folder.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";
import { replaced } from "../command-line.ts";
import { parseCeilings } from "./ceilings.ts";
import { apiAddress, type GivenOption, listenAddress, wrongOption } from "./listen-address.ts";
import { storeAt } from "./store-address.ts";
import { workersOf } from "./worker-options.ts";

export interface CommandLine {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly "wait-for-data"?: string | undefined;
  readonly store?: string | undefined;
  readonly "nats-creds"?: string | undefined;
  readonly "nats-ca"?: string | undefined;
  readonly "nats-replicas"?: string | undefined;
  readonly "node-address"?: string | undefined;
  readonly "own-keys"?: boolean | undefined;
  readonly "share-data"?: boolean | undefined;
  readonly workers?: string | undefined;
  readonly token?: string | undefined;
  readonly admin?: string | undefined;
  readonly "admin-host"?: string[] | undefined;
  readonly "admin-cors"?: string[] | undefined;
  readonly "allowed-host"?: string[] | undefined;
  readonly "private-calls"?: boolean | undefined;
  readonly "no-console"?: boolean | undefined;
  readonly "keep-versions"?: string | undefined;
  readonly cors?: string[] | undefined;
  readonly "trust-proxy"?: boolean | undefined;
  readonly "public-url"?: string | undefined;
  readonly ceiling?: string[] | undefined;
  readonly allow?: string[] | undefined;
  readonly registry?: string[] | undefined;
  readonly "registry-auth"?: string | undefined;
  readonly plugins?: string | undefined;
  readonly "plugins-gone"?: string | undefined;
  readonly "access-log"?: string | undefined;
  readonly traces?: string | undefined;
  readonly "cell-memory"?: string | undefined;
  readonly "process-memory"?: string | undefined;
  readonly "kv-disk"?: string | undefined;
  readonly "files-disk"?: string | undefined;
}

/** Options of a program that is a host. */
export interface ProgramOptions extends ServerOptions {
  /** Part of the traces that begin here which are recorded, where an SDK is registered; absent: what that says. */
  readonly traces?: number;
  /** Processes that serve from the folder and listen on the same ports; absent: this one does. */
  readonly workers?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const variables = [
  "HOTCELL_HOST",
  "HOTCELL_PORT",
  "HOTCELL_DATA",
  "HOTCELL_WAIT_FOR_DATA",
  "HOTCELL_STORE",
  "HOTCELL_NATS_CREDS",
  "HOTCELL_NATS_CA",
  "HOTCELL_NATS_REPLICAS",
  "HOTCELL_NODE_ADDRESS",
  "HOTCELL_OWN_KEYS",
  "HOTCELL_SHARE_DATA",
  "HOTCELL_WORKERS",
  "HOTCELL_TOKEN",
  "HOTCELL_ALLOWED_HOSTS",
  "HOTCELL_PRIVATE_CALLS",
  "HOTCELL_CONSOLE",
  "HOTCELL_KEEP_VERSIONS",
  "HOTCELL_CORS",
  "HOTCELL_ADMIN",
  "HOTCELL_ADMIN_HOSTS",
  "HOTCELL_ADMIN_CORS",
  "HOTCELL_TRUST_PROXY",
  "HOTCELL_PUBLIC_URL",
  "HOTCELL_CEILINGS",
  "HOTCELL_ALLOW",
  "HOTCELL_REGISTRIES",
  "HOTCELL_REGISTRY_AUTH",
  "HOTCELL_PLUGINS",
  "HOTCELL_PLUGINS_GONE",
  "HOTCELL_ACCESS_LOG",
  "HOTCELL_TRACES",
  "HOTCELL_CELL_MEMORY",
  "HOTCELL_PROCESS_MEMORY",
  "HOTCELL_KV_DISK",
  "HOTCELL_FILES_DISK",
];

/** Variables of others: Kubernetes tells a pod so of a service that is called hotcell, and programs are told by HOTCELL_URL where a host is. */
const othersVariable = /^HOTCELL_(?:SERVICE_|PORT_\d|URL$)/;

/** One that is like none of ours may be somebody else's; one that is was meant, and would count for nothing. */
function refuseMisspelt(environment: Environment): void {
  const shortNames = variables.map((name) => name.slice("HOTCELL_".length));
  for (const name of Object.keys(environment)) {
    if (!/^HOTCELL_/i.test(name) || variables.includes(name) || othersVariable.test(name)) continue;
    const near = nearest(name.slice("HOTCELL_".length), shortNames).map((short) => `HOTCELL_${short}`);
    if (near.length === 0) continue;
    throw new HotcellError("bad-settings", `There is no variable ${name}.`, {
      subject: name,
      expected: variables.join(", "),
      remedy: `${didYouMean(near)} Unset it if it is for something else.`,
      extra: { near },
    });
  }
}

/**
 * Empty variables count as unset. Throws `bad-settings` naming the variable or option that is wrong, or a variable that
 * is spelt wrongly.
 */
export function serverOptions(environment: Environment, line: CommandLine = {}): ProgramOptions {
  refuseMisspelt(environment);
  const pick = (
    option:
      | "host"
      | "port"
      | "data"
      | "wait-for-data"
      | "store"
      | "workers"
      | "nats-creds"
      | "nats-ca"
      | "nats-replicas"
      | "node-address"
      | "token"
      | "admin"
      | "keep-versions"
      | "public-url"
      | "registry-auth"
      | "plugins"
      | "plugins-gone"
      | "access-log"
      | "traces"
      | "cell-memory"
      | "process-memory"
      | "kv-disk"
      | "files-disk",
    variable: string,
  ) =>
    line[option] !== undefined
      ? { value: line[option], source: `--${option}` }
      : { value: environment[variable] || undefined, source: variable };
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("HOTCELL_") || !value?.includes(replaced)) continue;
    throw new HotcellError("bad-settings", `${name} has bytes that are no UTF-8.`, {
      subject: name,
      expected: "text as UTF-8",
      remedy: `Set ${name} to text in UTF-8.`,
    });
  }
  const host = pick("host", "HOTCELL_HOST");
  const port = pick("port", "HOTCELL_PORT");
  const data = pick("data", "HOTCELL_DATA");
  const wait = pick("wait-for-data", "HOTCELL_WAIT_FOR_DATA");
  const token = pick("token", "HOTCELL_TOKEN");
  const admin = pick("admin", "HOTCELL_ADMIN");
  const keep = pick("keep-versions", "HOTCELL_KEEP_VERSIONS");
  const url = pick("public-url", "HOTCELL_PUBLIC_URL");
  const auth = pick("registry-auth", "HOTCELL_REGISTRY_AUTH");
  const plugins = pick("plugins", "HOTCELL_PLUGINS");
  const gone = pick("plugins-gone", "HOTCELL_PLUGINS_GONE");
  const log = pick("access-log", "HOTCELL_ACCESS_LOG");
  const traces = pick("traces", "HOTCELL_TRACES");
  const memory = pick("cell-memory", "HOTCELL_CELL_MEMORY");
  const processes = pick("process-memory", "HOTCELL_PROCESS_MEMORY");
  const values = pick("kv-disk", "HOTCELL_KV_DISK");
  const files = pick("files-disk", "HOTCELL_FILES_DISK");
  return {
    ...listenAddress(host, port),
    data: nonEmpty(data.value ?? ".hotcell", data.source),
    waitForData: milliseconds(wait.value ?? "0", wait.source),
    ...storeAt({
      store: pick("store", "HOTCELL_STORE"),
      credentials: pick("nats-creds", "HOTCELL_NATS_CREDS"),
      ca: pick("nats-ca", "HOTCELL_NATS_CA"),
      replicas: pick("nats-replicas", "HOTCELL_NATS_REPLICAS"),
      node: pick("node-address", "HOTCELL_NODE_ADDRESS"),
      ownKeys:
        line["own-keys"] === undefined
          ? { value: yesOrNo(environment.HOTCELL_OWN_KEYS, "HOTCELL_OWN_KEYS"), source: "HOTCELL_OWN_KEYS" }
          : { value: line["own-keys"], source: "--own-keys" },
    }),
    ...((line["share-data"] ?? yesOrNo(environment.HOTCELL_SHARE_DATA, "HOTCELL_SHARE_DATA")) && {
      shareData: true,
    }),
    ...workersOf(pick("workers", "HOTCELL_WORKERS"), pick("store", "HOTCELL_STORE")),
    ...(token.value !== undefined && { token: nonEmpty(token.value, token.source) }),
    allowedHosts: line["allowed-host"] ?? list(environment.HOTCELL_ALLOWED_HOSTS),
    keepVersions: versions(keep.value ?? "20", keep.source),
    privateCalls:
      line["private-calls"] ?? yesOrNo(environment.HOTCELL_PRIVATE_CALLS, "HOTCELL_PRIVATE_CALLS"),
    ...((line["no-console"] || !yesOrNo(environment.HOTCELL_CONSOLE || "true", "HOTCELL_CONSOLE")) && {
      console: false,
    }),
    cors: line.cors ? origins(line.cors, "--cors") : origins(list(environment.HOTCELL_CORS), "HOTCELL_CORS"),
    ...apiListener(admin, line, environment),
    trustProxy: line["trust-proxy"] ?? yesOrNo(environment.HOTCELL_TRUST_PROXY, "HOTCELL_TRUST_PROXY"),
    ...(url.value !== undefined && { publicUrl: publicUrl(url.value, url.source) }),
    ceilings: line.ceiling
      ? parseCeilings(line.ceiling, "--ceiling")
      : parseCeilings(list(environment.HOTCELL_CEILINGS), "HOTCELL_CEILINGS"),
    ...allowed(line.allow, environment.HOTCELL_ALLOW),
    ...registriesOf(line.registry, environment.HOTCELL_REGISTRIES),
    ...(auth.value !== undefined && { registryAuth: nonEmpty(auth.value, auth.source) }),
    ...(plugins.value !== undefined && { plugins: nonEmpty(plugins.value, plugins.source) }),
    ...(gone.value !== undefined && { pluginsGone: whenGone(gone.value, gone.source) }),
    ...accessLogForm(log.value, log.source),
    ...(traces.value !== undefined && { traces: ratio(traces.value, traces.source) }),
    ...(memory.value !== undefined && { cellMemory: mebibytes(memory.value, memory.source) }),
    ...(processes.value !== undefined && { processMemory: mebibytes(processes.value, processes.source) }),
    ...(values.value !== undefined && { kvDisk: mebibytes(values.value, values.source) }),
    ...(files.value !== undefined && { filesDisk: mebibytes(files.value, files.source) }),
  };
}

/** Destinations that plugins may be granted. Throws `bad-settings` for what is none. */
function allowed(given: string[] | undefined, variable: string | undefined): Pick<ServerOptions, "allow"> {
  const texts = given ?? (variable ? list(variable) : undefined);
  if (!texts) return {};
  readReach(texts, given ? "--allow" : "HOTCELL_ALLOW");
  return { allow: texts };
}

/** Registries that components may be pulled from. Throws `bad-settings` for what is none. */
function registriesOf(
  given: string[] | undefined,
  variable: string | undefined,
): Pick<ServerOptions, "registries"> {
  const texts = given ?? (variable ? list(variable) : undefined);
  if (!texts) return {};
  readRegistries(texts, given ? "--registry" : "HOTCELL_REGISTRIES");
  return { registries: texts };
}

/** Listener of the API. What is only about that is refused where there is none: it would count for nothing. */
function apiListener(
  admin: GivenOption,
  line: CommandLine,
  environment: Environment,
): Pick<ServerOptions, "admin"> {
  const allowedHosts = line["admin-host"] ?? list(environment.HOTCELL_ADMIN_HOSTS);
  const cors = line["admin-cors"]
    ? origins(line["admin-cors"], "--admin-cors")
    : origins(list(environment.HOTCELL_ADMIN_CORS), "HOTCELL_ADMIN_CORS");
  const address = apiAddress(admin);
  if (address) return { admin: { ...address, allowedHosts, cors } };
  if (allowedHosts.length + cors.length === 0) return {};
  throw new HotcellError("bad-settings", "The API has no listener of its own, and settings for one.", {
    subject: allowedHosts.length > 0 ? "HOTCELL_ADMIN_HOSTS" : "HOTCELL_ADMIN_CORS",
    remedy: "Give it one, such as HOTCELL_ADMIN=127.0.0.1:8788, or leave them out.",
  });
}

function list(value: string | undefined): string[] {
  return (value ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Origins as browsers write them. Not `*`: on loopback any page the owner visits could then read what needs no token. */
function origins(values: readonly string[], source: string): readonly string[] {
  for (const value of values) {
    if (!isOrigin(value)) {
      throw wrongOption(source, value, "origins such as https://console.example, without a path");
    }
  }
  return values;
}

function publicUrl(value: string, source: string): string {
  if (isPublicUrl(value)) return value;
  throw wrongOption(source, value, publicUrls);
}

function yesOrNo(value: string | undefined, source: string): boolean {
  if (value === undefined || value === "" || value === "false") return false;
  if (value === "true") return true;
  throw wrongOption(source, value, "true or false");
}

function versions(value: string, source: string): number {
  const count = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (count >= 1) return count;
  throw wrongOption(source, value, "a number of versions from 1 to 99999");
}

function milliseconds(value: string, source: string): number {
  const seconds = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (seconds <= 86_400) return seconds * 1000;
  throw wrongOption(source, value, "a number of seconds from 0 to 86400");
}

/** In bytes. */
function mebibytes(value: string, source: string): number {
  const count = /^\d{1,7}$/.test(value) ? Number(value) : 0;
  if (count >= 1) return count * 1024 * 1024;
  throw wrongOption(source, value, "a number of MiB from 1 to 9999999");
}

function accessLogForm(value: string | undefined, source: string): Pick<ServerOptions, "accessLog"> {
  if (value === undefined || value === "off") return {};
  if (value === "json" || value === "text") return { accessLog: value };
  throw wrongOption(source, value, "json, text or off");
}

function ratio(value: string, source: string): number {
  const part = /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(value) ? Number(value) : Number.NaN;
  if (part <= 1) return part;
  throw wrongOption(source, value, "a number from 0 to 1, such as 0.01 for one trace in a hundred");
}

function whenGone(value: string, source: string): WhenGone {
  if (value === "keep" || value === "remove") return value;
  throw wrongOption(source, value, "keep or remove");
}

function nonEmpty(value: string, source: string): string {
  if (value !== "") return value;
  throw wrongOption(source, value, "not empty");
}
