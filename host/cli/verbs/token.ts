import type { TokenSummary } from "../../access/issued-tokens.ts";
import { parseLine, positionals, UsageError, wrongAction } from "../command-line.ts";
import { ask, type RemoteHost, remoteHost } from "../remote/remote-host.ts";
import { print, printError, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = {
  scope: { type: "string", multiple: true },
  plugin: { type: "string", multiple: true },
  name: { type: "string" },
  expires: { type: "string" },
  json: { type: "boolean" },
  url: { type: "string" },
  token: { type: "string" },
} as const;

export const token: Verb = {
  help: `Usage: hotcell token new --scope SCOPE … [--plugin NAME …] [--name NAME] [--expires WHEN] [options]
       hotcell token list [options]
       hotcell token revoke ID [options]

Manages the tokens of a running host. A new one is printed alone on standard output, this once: the host keeps only its
hash. One that is revoked or has expired stops working at once.

  --scope SCOPE      what it may do; may be repeated
                       read       lists, details, binaries, events
                       call       call functions, where calls need a token (hotcell serve --private-calls)
                       data       read and change the values that plugins keep by key
                       deploy     bring code: upload and rollback; includes read
                       configure  change settings, limits and env too, and withdraw grants; includes read;
                                  with deploy: remove plugins
                       grant      give plugins capabilities; includes read
                       admin      everything, tokens too
  --plugin NAME      only for this plugin, which need not exist yet, or for those of a pattern with one *
                     ('t42-*'); may be repeated
  --name NAME        what it is called in lists
  --expires WHEN     after a time (12h, 30d, 8w) or at a moment (2030-01-31, 2030-01-31T12:00:00Z); by default
                     it is good until it is revoked
  --json             for programs: the new token with what there is to know of it, { "tokens": […] }, { "revoked": ID }
  --url URL          the host           HOTCELL_HOST and HOTCELL_PORT, else the one that serves from the data
                                        folder, else http://127.0.0.1:8787
  --token TOKEN      its admin token    HOTCELL_TOKEN, else the one in the data folder

The data folder is HOTCELL_DATA, else .hotcell in this folder or one above; one that is another user's has
to be named. A token on the command line is seen by other users of the machine; prefer HOTCELL_TOKEN.

Example: hotcell token new --name ci --scope deploy --plugin 't42-*' --expires 30d`,
  options,
  arguments: [["new", "list", "revoke"]],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [action, ...rest] = given;
    const { scope: scopes, plugin: plugins, name, expires, json = false } = values;
    if (action !== "new" && (scopes || plugins || name !== undefined || expires !== undefined)) {
      throw new UsageError("--scope, --plugin, --name and --expires are for hotcell token new.");
    }
    const host = () => remoteHost(values.url, values.token, process.env);
    switch (action) {
      case "new":
        if (rest.length > 0) throw new UsageError("hotcell token new takes options only.");
        if (!scopes) throw new UsageError("--scope is missing.");
        await make(host(), { name, scopes, plugins, ...lifetime(expires) }, json);
        return 0;
      case "list":
        if (rest.length > 0) throw new UsageError("hotcell token list takes options only.");
        await list(host(), json);
        return 0;
      case "revoke": {
        const [id] = positionals(rest, "ID");
        if (id === undefined) throw new UsageError("ID is missing; hotcell token list shows it.");
        await ask(host(), "DELETE", `/tokens/${encodeURIComponent(id)}`);
        if (json) printJson({ revoked: id });
        else print(`Revoked: ${id}`);
        return 0;
      }
      default:
        throw wrongAction("token", "tokens", action, "new, list or revoke");
    }
  },
};

async function make(host: RemoteHost, wanted: object, json: boolean): Promise<void> {
  const made = (await ask(host, "POST", "/tokens", wanted)) as TokenSummary & { token: string };
  if (json) return printJson(made);
  // Alone on standard output, so that a script can catch it.
  printError(
    `Token ${made.id}${made.name === null ? "" : ` (${made.name})`}, ${reach(made)}${end(made)}. It is not shown again:`,
  );
  print(made.token);
}

/** A moment begins with its year; what begins otherwise is a time from now. The host says what is wrong with either. */
function lifetime(expires: string | undefined) {
  return expires === undefined || /^\d{4}-/.test(expires) ? { expiresAt: expires } : { expiresIn: expires };
}

async function list(host: RemoteHost, json: boolean): Promise<void> {
  const { tokens } = (await ask(host, "GET", "/tokens")) as { tokens: readonly TokenSummary[] };
  if (json) return printJson({ tokens });
  if (tokens.length === 0) print("There are no tokens besides the admin's own.");
  for (const one of tokens) {
    print(
      `${one.id}  ${one.name === null ? "" : `${one.name}: `}${reach(one)}, made ${one.createdAt}${end(one)}`,
    );
  }
}

function end({ expiresAt, revokedAt, damaged }: TokenSummary): string {
  if (revokedAt !== null) return `, revoked ${revokedAt}`;
  if (damaged !== undefined) return `, good for nothing there: ${damaged}`;
  if (expiresAt === null) return "";
  return `, ${Date.parse(expiresAt) > Date.now() ? "expires" : "expired"} ${expiresAt}`;
}

function reach({ scopes, plugins }: TokenSummary): string {
  return `${scopes.join(" and ")} for ${plugins === null ? "all plugins" : plugins.join(", ")}`;
}
