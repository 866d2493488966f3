import type { PluginSummary } from "../../../registry/told-plugins.ts";
import { howMany } from "../../../text/how-many.ts";
import { parseLine, positionals } from "../../command-line.ts";
import { ask, type RemoteHost, remoteHost } from "../../remote/remote-host.ts";
import { triedVersions } from "../../remote/tried-versions.ts";
import { printTable } from "../../shown/columns.ts";
import { shortDigest } from "../../shown/deployment-text.ts";
import { ago } from "../../shown/moment.ts";
import { ink, type LinePiece, printJson, printLine } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";

const options = { damaged: { type: "boolean" }, json: { type: "boolean" }, ...hostOptions } as const;

export const ls: Verb = {
  help: `Usage: hotcell ls [PATTERN] [options]

Lists plugins: name, revision, when that came, version, functions, and a version that one of several hosts tries. PATTERN is a name, or one with a *: 't42-*'.

  --damaged        only those that can't run, because what is stored of them can't be read
  --json           for programs: { "plugins": […] }, as GET /plugins answers
${hostHelp}

Example: hotcell ls 't42-*'`,
  options,
  arguments: ["plugin"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [pattern] = positionals(given, "PATTERN");
    const host = remoteHost(values.url, values.token, process.env);
    const query = new URLSearchParams({
      ...(pattern !== undefined && { name: pattern }),
      ...(values.damaged && { damaged: "true" }),
    });
    const [plugins, tried] = await Promise.all([allPlugins(host, query), triedVersions(host)]);
    if (values.json) {
      printJson({ plugins });
      return 0;
    }
    if (plugins.length === 0) {
      const none = pattern === undefined && !values.damaged;
      printLine(none ? "There are no plugins yet: hotcell deploy FILE.wasm" : "There are no such plugins.");
      return 0;
    }
    printTable(
      ["name", "revision", "since", "version", "functions"],
      plugins.map(({ name, revision, deployedAt, version, functions, damaged, rollout }) => [
        ink("bold", name),
        `${revision}`,
        ago(deployedAt),
        shortDigest(version),
        damaged
          ? ink("red", `damaged: ${damaged.detail}`)
          : listed(functions, rollout?.version ?? tried.get(name)?.version),
      ]),
    );
    return 0;
  },
};

/** All that answer to the query, page by page. */
export async function allPlugins(host: RemoteHost, query: URLSearchParams): Promise<PluginSummary[]> {
  const all: PluginSummary[] = [];
  let next: string | undefined;
  do {
    const page = new URLSearchParams([...query, ...(next === undefined ? [] : [["after", next]])]);
    const answer = (await ask(host, "GET", `/plugins?${page}`)) as {
      readonly plugins: readonly PluginSummary[];
      readonly next?: string;
    };
    all.push(...answer.plugins);
    next = answer.next;
  } while (next !== undefined);
  return all;
}

const shownFunctions = 3;

/** `tried`: version that one host tries. */
function listed(functions: readonly string[], tried: string | undefined): LinePiece {
  const first = functions.slice(0, shownFunctions).join(", ");
  const rest = functions.length - shownFunctions;
  const all = rest > 0 ? `${first} and ${howMany(rest, "other")}` : first;
  return tried === undefined ? all : ink("yellow", `one host tries ${shortDigest(tried)}; ${all}`);
}
