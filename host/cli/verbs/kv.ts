import { buffer } from "node:stream/consumers";
import type { ListedKeys } from "../../backends/key-value/key-value-store.ts";
import { HotcellError } from "../../errors.ts";
import type { PluginBucket } from "../../registry/plugin-values.ts";
import { harmlessJson, harmlessLine } from "../../text/harmless.ts";
import { howMany } from "../../text/how-many.ts";
import { readBytes } from "../build/plugin-folder.ts";
import { parseLine, positionals, required, UsageError, wrongAction } from "../command-line.ts";
import { ask, askBytes, exchange, type RemoteHost, remoteHost } from "../remote/remote-host.ts";
import { print, printBytes, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = {
  bucket: { type: "string" },
  file: { type: "string" },
  "if-version": { type: "string" },
  "if-absent": { type: "boolean" },
  json: { type: "boolean" },
  url: { type: "string" },
  token: { type: "string" },
} as const;

export const kv: Verb = {
  help: `Usage: hotcell kv buckets PLUGIN [options]
       hotcell kv list PLUGIN [options]
       hotcell kv get PLUGIN KEY [options]
       hotcell kv set PLUGIN KEY [VALUE] [options]
       hotcell kv delete PLUGIN KEY [options]
       hotcell kv export PLUGIN [options]

Reads and changes what a plugin of a running host keeps by the grant kv. The host has to run; values that were kept when
their plugin was removed can be read and deleted too.

  buckets   names, and how much is in them
  list      keys, each with the bytes and the version of its value
  get       the value alone, as its bytes
  set       VALUE as text, else the bytes of --file, else those of standard input; held to the plugin's quota
  delete    a key with its value
  export    all of a bucket, a line of JSON for each key: {"key":"…","value":"(base64)"}; what changes meanwhile
            may be in it or not

  --bucket NAME      bucket of the plugin; default by default
  --file FILE        for set: the file that has the value
  --if-version N     for set and delete: only if the value has this version, which list shows
  --if-absent        for set: only if there is no value
  --json             for programs: { "buckets": […] }, { "keys": […] }, { "key": …, "value": "(base64)", "version": N }
                     for get, the same without value for set, { "deleted": KEY }; export prints lines of JSON always
  --url URL          the host     HOTCELL_HOST and HOTCELL_PORT, else the one that serves from the data folder,
                                  else http://127.0.0.1:8787
  --token TOKEN      its admin token, or one of scope data    HOTCELL_TOKEN, else the one in the data folder

A KEY that begins with - goes after --. A token on the command line is seen by other users of the machine; prefer
HOTCELL_TOKEN.

Example: hotcell kv set shop greeting 'Good morning' && hotcell kv get shop greeting`,
  options,
  arguments: [["buckets", "list", "get", "set", "delete", "export"], "plugin"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [action, ...rest] = given;
    const { bucket = "default", file, "if-version": version, "if-absent": absent, json = false } = values;
    if (action !== "set" && (file !== undefined || absent))
      throw new UsageError("--file and --if-absent are for hotcell kv set.");
    if (action !== "set" && action !== "delete" && version !== undefined)
      throw new UsageError("--if-version is for hotcell kv set and hotcell kv delete.");
    const conditions = { ...ifVersion(version), ...(absent && { "if-none-match": "*" }) };
    const host = () => remoteHost(values.url, values.token, process.env);
    switch (action) {
      case "buckets":
        if (values.bucket !== undefined) throw new UsageError("hotcell kv buckets lists all of them.");
        await listBuckets(host(), pathOf(...required(rest, "PLUGIN")), json);
        return 0;
      case "list":
        await listKeys(host(), pathOf(...required(rest, "PLUGIN"), bucket), json);
        return 0;
      case "export":
        await exportAll(host(), pathOf(...required(rest, "PLUGIN"), bucket));
        return 0;
      case "get": {
        const [plugin, key] = required(rest, "PLUGIN", "KEY");
        const response = await exchange(host(), valuePath(pathOf(plugin, bucket), key), { headers: {} });
        const bytes = Buffer.from(await response.arrayBuffer());
        if (json) printJson({ key, value: bytes.toString("base64"), version: versionOf(response) });
        else await printBytes(bytes);
        return 0;
      }
      case "set": {
        const [plugin, key] = required(rest.slice(0, 2), "PLUGIN", "KEY");
        const [, , value] = positionals(rest, "PLUGIN", "KEY", "VALUE");
        if (value !== undefined && file !== undefined)
          throw new UsageError("VALUE and --file are two values: give one of them.");
        const bytes = await valueFrom(value, file);
        const path = valuePath(pathOf(plugin, bucket), key);
        const headers = { ...conditions, "content-type": "application/octet-stream" };
        const request = { method: "PUT", body: new Uint8Array(bytes), headers };
        const response = await exchange(host(), path, request);
        if (json) printJson({ key, version: versionOf(response) });
        return 0;
      }
      case "delete": {
        const [plugin, key] = required(rest, "PLUGIN", "KEY");
        const request = { method: "DELETE", headers: conditions };
        await exchange(host(), valuePath(pathOf(plugin, bucket), key), request);
        if (json) printJson({ deleted: key });
        return 0;
      }
      default:
        throw wrongAction("kv", "values", action, "buckets, list, get, set, delete or export");
    }
  },
};

function ifVersion(version: string | undefined): { readonly "if-match"?: string } {
  if (version === undefined) return {};
  if (!/^\d{1,15}$/.test(version)) throw new UsageError("--if-version is a number, which list shows.");
  return { "if-match": `"${version}"` };
}

/** Version of a value, as the answer's ETag has it. */
function versionOf({ headers }: Response): number {
  return Number(headers.get("etag")?.replaceAll('"', ""));
}

async function valueFrom(value: string | undefined, file: string | undefined): Promise<Uint8Array> {
  if (value !== undefined) return Buffer.from(value);
  if (file !== undefined) return readBytes(file);
  if (process.stdin.isTTY) throw new UsageError("VALUE is missing; else give --file, or pipe it in.");
  return buffer(process.stdin);
}

function pathOf(plugin: string, bucket?: string): string {
  const buckets = `/plugins/${encodeURIComponent(plugin)}/kv`;
  return bucket === undefined ? buckets : `${buckets}/${encodeURIComponent(bucket)}`;
}

/** In the query any key can be: a path can't end with `.` or `..`. */
function valuePath(bucket: string, key: string): string {
  return `${bucket}?key=${encodeURIComponent(key)}`;
}

async function listBuckets(host: RemoteHost, path: string, json: boolean): Promise<void> {
  const { buckets } = (await ask(host, "GET", path)) as { buckets: readonly PluginBucket[] };
  if (json) return printJson({ buckets });
  if (buckets.length === 0) print("The plugin has no buckets: it takes the grant kv.");
  for (const { bucket, keys, bytes, granted } of buckets) {
    const left = granted ? "" : ", no longer granted";
    print(harmlessLine(`${bucket}  ${howMany(keys, "key")}, ${howMany(bytes, "byte")}${left}`));
  }
}

async function listKeys(host: RemoteHost, path: string, json: boolean): Promise<void> {
  if (json) return printJson({ keys: await Array.fromAsync(allKeys(host, path)) });
  for await (const { key, bytes, version } of allKeys(host, path))
    print(harmlessLine(`${key}  ${howMany(bytes, "byte")}, version ${version}`));
}

async function exportAll(host: RemoteHost, path: string): Promise<void> {
  for await (const { key } of allKeys(host, path)) {
    const value = await askBytes(host, valuePath(path, key)).catch(unlessGone);
    if (value) print(harmlessJson({ key, value: Buffer.from(value).toString("base64") }));
  }
}

async function* allKeys(host: RemoteHost, path: string): AsyncGenerator<ListedKeys["keys"][number]> {
  let page: ListedKeys | undefined;
  do {
    const after = page?.next === undefined ? "" : `?after=${page.next}`;
    page = (await ask(host, "GET", `${path}${after}`)) as ListedKeys;
    yield* page.keys;
  } while (page.next !== undefined);
}

/** Deleted since it was listed. */
function unlessGone(error: unknown): undefined {
  if (error instanceof HotcellError && error.code === "key-not-found") return undefined;
  throw error;
}
