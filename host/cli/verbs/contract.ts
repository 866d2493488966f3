import { contractWorld } from "../../component/contract-world.ts";
import { inspectComponent } from "../../component/inspect.ts";
import type { ContractSummary, PutContract } from "../../registry/contracts/contracts.ts";
import { type Shortfall, shortfallOf } from "../../wit/diff/diff-contract.ts";
import { formatChanges } from "../../wit/diff/diff-format.ts";
import { printWorld } from "../../wit/text/print.ts";
import { contractModel, isWit } from "../build/contract-model.ts";
import { readBytes } from "../build/plugin-folder.ts";
import { parseLine, required, UsageError, wrongAction } from "../command-line.ts";
import { contractBytes, contractPath } from "../remote/remote-contract.ts";
import { ask, remoteHost, sendBytes } from "../remote/remote-host.ts";
import { print, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = {
  world: { type: "string" },
  plugin: { type: "string", multiple: true },
  breaks: { type: "string", multiple: true },
  json: { type: "boolean", default: false },
  url: { type: "string" },
  token: { type: "string" },
} as const;

export const contract: Verb = {
  help: `Usage: hotcell contract put NAME FOLDER|FILE [options]
       hotcell contract impact NAME FOLDER|FILE [options]
       hotcell contract list [options]
       hotcell contract show NAME[@VERSION] [options]
       hotcell contract check NAME[@VERSION] FILE.wasm [options]
       hotcell contract rm NAME[@VERSION] [options]

Contracts of a running host: each version of a plugin that is held to one exports at least what that exports.

  put      puts a version: the world of a folder with WIT, of a file FILE.wit, or of a component, which is a model then
  impact   tells which live plugins would not satisfy it, and why; puts nothing. Ends with 1 where there are some
  list     names, versions, and the plugins that are held to each
  show     its world as WIT
  check    tells whether a component satisfies it. Ends with 1 where it does not
  rm       removes all of it, or one version

  --world NAME     the world of the WIT, where there are several
  --plugin NAME    for put and impact: plugin that is held to it whatever its settings say, a name or a pattern such
                   as 'discount-*', or '*' for all; may be repeated. Without one it stays as it was; '' is nobody
  --breaks NAME    for put: live plugin that need not satisfy it before its next version, a name or a pattern; may be
                   repeated
  --json           for programs: put and impact as PUT /contracts/NAME answers, { "contracts": […] }, { "contract": …, "wit": … },
                   { "contract": …, "changes": […] }, { "removed": … }
  --url URL        the host     HOTCELL_HOST and HOTCELL_PORT, else the one that serves from the data folder,
                                else http://127.0.0.1:8787
  --token TOKEN    its admin token, for put, impact and rm     HOTCELL_TOKEN, else the one in the data folder

Example: hotcell contract put discount wit/ --world plugin --plugin 'discount-*'`,
  options,
  arguments: [["put", "impact", "list", "show", "check", "rm"], "other", "file"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [action, ...rest] = given;
    const host = () => remoteHost(values.url, values.token, process.env);
    switch (action) {
      case "put":
      case "impact": {
        const [name, source] = required(rest, "NAME", "FOLDER or FILE");
        const query = new URLSearchParams([
          ...(values.plugin ?? []).map((each) => ["plugins", each]),
          ...(values.breaks ?? []).map((each) => ["breaks", each]),
          ...(action === "impact" ? [["dry-run", "true"]] : []),
        ]);
        if (values.world !== undefined && !isWit(source))
          throw new UsageError("--world is for WIT: a component has one world.");
        const { bytes } = await contractModel(source, values.world);
        const path = `/contracts/${encodeURIComponent(name)}?${query}`;
        const placed = JSON.parse(await sendBytes(host(), "PUT", path, { bytes })) as PutContract;
        if (values.json) printJson(placed);
        else printPlaced(placed);
        return action === "impact" && placed.breaks.length > 0 ? 1 : 0;
      }
      case "list": {
        required(rest);
        const { contracts } = (await ask(host(), "GET", "/contracts")) as { contracts: ContractSummary[] };
        if (values.json) printJson({ contracts });
        else for (const each of contracts) print(lineOf(each));
        return 0;
      }
      case "show": {
        const [id] = required(rest, "NAME");
        const world = printWorld(contractWorld(await contractBytes(host(), id)));
        if (values.json) printJson({ contract: id, wit: world });
        else print(world.trimEnd());
        return 0;
      }
      case "check": {
        const [id, file] = required(rest, "NAME", "FILE.wasm");
        const { world } = inspectComponent(await readBytes(file));
        const missed = shortfallOf(contractWorld(await contractBytes(host(), id)), world);
        const { changes } = missed;
        if (values.json) printJson({ contract: id, ...missed });
        else print(changes.length > 0 ? shortfallText(missed) : `${file} satisfies ${id}.`);
        return changes.length > 0 ? 1 : 0;
      }
      case "rm": {
        const [id] = required(rest, "NAME");
        await sendBytes(host(), "DELETE", contractPath(id), {});
        if (values.json) printJson({ removed: id });
        return 0;
      }
      default:
        throw wrongAction("contract", "contracts", action, "put, impact, list, show, check or rm");
    }
  },
};

function lineOf({ name, version, versions, plugins, users }: ContractSummary): string {
  const older = versions.length > 1 ? ` (kept: ${versions.join(", ")})` : "";
  const patterns = plugins.length > 0 ? `  for ${plugins.join(", ")}` : "";
  return `${name}@${version}${older}${patterns}  ${users.length > 0 ? users.join(", ") : "nobody"}`;
}

const words = {
  created: "is put",
  changed: "is put",
  unchanged: "is there already",
  planned: "would be put",
};

function printPlaced({ name, version, outcome, breaks }: PutContract): void {
  print(`${name}@${version} ${words[outcome]}.`);
  if (outcome === "planned" && breaks.length === 0) print("All live plugins that are held to it satisfy it.");
  for (const { plugin, ...missed } of breaks)
    print(`\n${plugin} does not satisfy it:\n${shortfallText(missed)}`);
}

function shortfallText({ changes, more }: Shortfall): string {
  const told = changes.length > 0 ? [formatChanges(changes).trimEnd()] : [];
  return [...told, ...(more === undefined ? [] : [`and ${more} changes more`])].join("\n");
}
