import { open, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { beginning } from "../../../text/cut.ts";
import { shownPath } from "../../../text/paths.ts";
import { readBytes } from "../../build/plugin-folder.ts";
import { parseLine, UsageError } from "../../command-line.ts";
import { linesOf } from "../../remote/event-source.ts";
import { HostError } from "../../remote/host-error.ts";
import { exchange, type HostRequest, type RemoteHost, remoteHost } from "../../remote/remote-host.ts";
import { ink, noteLine, print, printBytes, printJson, printJsonLine } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";
import { textGiven } from "./json-given.ts";

const options = {
  bytes: { type: "string" },
  out: { type: "string", short: "o" },
  lines: { type: "string" },
  raw: { type: "boolean", short: "r" },
  key: { type: "string" },
  fuel: { type: "boolean" },
  json: { type: "boolean" },
  ...hostOptions,
} as const;

export const call: Verb = {
  help: `Usage: hotcell call NAME FUNCTION [ARGUMENTS] [options]
       hotcell call NAME FUNCTION PARAMETER=VALUE … [options]
       hotcell call NAME FUNCTION --lines FILE|- [options]

Calls a function (greet, stats/analyse) and prints its result as JSON. ARGUMENTS are a JSON array, by position, or an object, by name;
from a file as @FILE, from standard input as -. Parameters that are numbers, texts, enums or lists of these can be given one by one; --PARAMETER=VALUE is
the same. An error that the function returns is shown, and ends with 8, as its failure does.

  --bytes FILE|-   the argument that is a list<u8>, as its bytes; others as PARAMETER=VALUE
  -o, --out FILE   write the result to a file, as its bytes where it is a list<u8>
  --lines FILE|-   many calls: the arguments of one on each line, and what it came to on each line of the answer
  -r, --raw        a text without its quotes
  --key KEY        make it once: a call that came with this key before is answered as it was then
  --fuel           say what it used
  --json           for programs: { "result": …, "fuel": N }, { "out": FILE, "size": …, "fuel": N }
${hostHelp}

Example: hotcell call text-stats stats/analyse '{"text":"to be or not to be","top":2}'`,
  options,
  arguments: ["plugin", "function"],
  operates: true,

  async run(args) {
    const { line, parameters } = splitParameters(args);
    const { values, positionals: given } = parseLine({ args: line, allowPositionals: true, options });
    const [name, path, ...rest] = given;
    if (name === undefined || path === undefined)
      throw new UsageError(name === undefined ? "NAME is missing." : "FUNCTION is missing.");
    const host = remoteHost(values.url, values.token, process.env);
    const url = `/call/${encodeURIComponent(name).replace("%40", "@")}/${path.split("/").map(encodeURIComponent).join("/")}`;
    if (values.lines !== undefined) {
      if (rest.length > 0 || parameters.length > 0)
        throw new UsageError("--lines brings the arguments of all calls.");
      return callLines(host, url, values.lines);
    }
    const asked = await requestFor(url, rest, parameters, values.bytes);
    const out = values.out;
    const response = await exchange(host, asked.path, {
      ...asked.request,
      headers: {
        ...asked.request.headers,
        ...(out !== undefined && { accept: "application/octet-stream, application/json;q=0.5" }),
        ...(values.key !== undefined && { "idempotency-key": JSON.stringify(values.key) }),
      },
    }).catch((error: unknown) => {
      throw explained(error, values.json ?? false);
    });
    const fuel = response.headers.get("hotcell-fuel");
    const bytes = new Uint8Array(await response.arrayBuffer());
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    if (out !== undefined) {
      await writeFile(out, bytes);
      if (values.json) printJson({ out, size: bytes.length, ...(fuel !== null && { fuel: Number(fuel) }) });
      else noteLine(`Wrote ${shownPath(out)}: ${bytes.length.toLocaleString("en")} bytes`);
    } else await tell(bytes, isJson, { json: values.json ?? false, raw: values.raw ?? false, fuel });
    if (values.fuel && !values.json && fuel !== null)
      noteLine(ink("dim", `${Number(fuel).toLocaleString("en")} units of fuel`));
    return 0;
  },
};

interface Asked {
  readonly path: string;
  readonly request: HostRequest;
}

/** `--name=value` that is no option of the verb's is a parameter; so is `name=value`. */
function splitParameters(args: readonly string[]) {
  const parameters: [string, string][] = [];
  const line = args.filter((arg) => {
    const [, name, value] = /^(?:--)?([a-z%][\w%-]*)=(.*)$/is.exec(arg) ?? [];
    if (name === undefined || (arg.startsWith("--") && name in options)) return true;
    parameters.push([name, value ?? ""]);
    return false;
  });
  return { line, parameters };
}

async function requestFor(
  url: string,
  rest: readonly string[],
  parameters: [string, string][],
  bytes: string | undefined,
): Promise<Asked> {
  const [argument, extra] = rest;
  if (extra !== undefined) throw new UsageError(`${JSON.stringify(extra)} is one argument too many.`);
  if (argument !== undefined && (parameters.length > 0 || bytes !== undefined))
    throw new UsageError("Arguments are given as JSON, or one by one: not both.");
  const query = parameters.length > 0 ? `?${new URLSearchParams(parameters)}` : "";
  if (bytes !== undefined) {
    const body = bytes === "-" ? await buffer(process.stdin) : await readBytes(bytes);
    const headers = { "content-type": "application/octet-stream" };
    return { path: `${url}${query}`, request: { method: "POST", body: new Uint8Array(body), headers } };
  }
  if (parameters.length > 0) return { path: `${url}${query}`, request: { method: "GET", headers: {} } };
  const text = argument === undefined ? "[]" : await textGiven(argument);
  requireArguments(text);
  // As it came: a number may have more digits than one here.
  return {
    path: url,
    request: { method: "POST", body: text, headers: { "content-type": "application/json" } },
  };
}

function requireArguments(text: string): void {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return;
  } catch {
    // Said below.
  }
  throw new UsageError(
    `ARGUMENTS are a JSON array or object, such as '["Ada"]', or PARAMETER=VALUE; this is ${JSON.stringify(beginning(text, 80))}.`,
  );
}

async function tell(
  bytes: Uint8Array,
  isJson: boolean,
  { json, raw, fuel }: { readonly json: boolean; readonly raw: boolean; readonly fuel: string | null },
): Promise<void> {
  const used = fuel === null ? {} : { fuel: Number(fuel) };
  if (bytes.length === 0) {
    if (json) printJson(used);
    return;
  }
  if (!isJson) return printBytes(bytes);
  const result: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (json) printJson({ result, ...used });
  else if (raw && typeof result === "string") print(result);
  else printJson(result);
}

/** The error that a function returned, shown as its result would be. */
function explained(error: unknown, json: boolean): unknown {
  if (
    error instanceof HostError &&
    error.code === "guest-error" &&
    !json &&
    error.problem.payload !== undefined
  )
    printJson(error.problem.payload);
  return error;
}

/** Answers are read while arguments are sent: a host takes no more lines than it can answer. */
async function callLines(host: RemoteHost, path: string, source: string): Promise<number> {
  const input = source === "-" ? process.stdin : (await open(source)).createReadStream();
  const request: HostRequest = {
    method: "POST",
    body: Readable.toWeb(input) as NonNullable<HostRequest["body"]>,
    duplex: "half",
    headers: { "content-type": "application/x-ndjson", accept: "application/x-ndjson" },
  };
  const { body } = await exchange(host, path, request);
  for await (const line of linesOf(body)) printJsonLine(line);
  return 0;
}
