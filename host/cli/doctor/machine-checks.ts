/** Checks of what a host runs on: Node, memory, open files, names, proxies. */

import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { isLoopback } from "../../access/loopback.ts";
import { serverBounds } from "../../bounds/http-bounds.ts";
import { machineMemory } from "../../platform/machine-memory.ts";
import type { ServerOptions } from "../../server.ts";
import { type DoctorFinding, note, ok, wrong } from "./finding.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The Node that runs this; one that is too old for Hotcell has not got this far, and `hotcell.mjs` has said so. */
export function checkNode(): DoctorFinding {
  const { node } = process.versions;
  if ("Suspending" in WebAssembly) return ok("node", node);
  return note(
    "node",
    `Node ${node} can't suspend a plugin: those that wait (requests, values by key, files, links) are refused.`,
    "Run Hotcell with Node 24.20, 26 or newer: npm install node@26",
  );
}

/** Memory that cells and processes of plugins may take, against what there is: of the machine, or of the cgroup. */
export function checkMemory({
  cellMemory,
  processMemory,
  ceilings,
}: ServerOptions): readonly DoctorFinding[] {
  const there = machineMemory();
  const cells = cellMemory ?? Math.min(there / 2, 1024 ** 3);
  const asked = (cellMemory ?? 0) + (processMemory ?? 0);
  const summary = `${mebibytes(there)} for this process, of which cells may take ${mebibytes(cells)}`;
  const findings = [
    asked > there
      ? wrong(
          "memory",
          `Cells and processes of plugins may take ${mebibytes(asked)} together, and there are ${mebibytes(there)}: the kernel would end the host.`,
          "Lower HOTCELL_CELL_MEMORY and HOTCELL_PROCESS_MEMORY, or give the host more memory.",
        )
      : there < smallMemory
        ? note("memory", `${summary}. That is little.`, "Give the host 256 MiB or more.")
        : ok("memory", summary),
  ];
  const ceiling = ceilings.memory;
  if (ceiling === undefined || ceiling <= cells) return findings;
  return [
    ...findings,
    note(
      "memory-ceiling",
      `A plugin may be given ${mebibytes(ceiling)}, and all cells together have ${mebibytes(cells)}.`,
      "Lower the ceiling memory (HOTCELL_CEILINGS), or raise HOTCELL_CELL_MEMORY.",
    ),
  ];
}

const smallMemory = 256 * 1024 * 1024;

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MiB`;
}

/** Files that the process may have open: each connection is one. Node has raised the soft limit to the hard one by now. */
export function checkOpenFiles(): readonly DoctorFinding[] {
  const limits = read("/proc/self/limits");
  const [, , hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits ?? "") ?? [];
  if (hard === undefined) return [];
  const count = hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
  const needed = serverBounds.connections.value + besideConnections;
  if (count >= needed) return [ok("open-files", `${hard} may be open`)];
  return [
    note(
      "open-files",
      `${hard} files may be open, and the host takes ${serverBounds.connections.value} connections besides its own files.`,
      `Raise the limit to ${needed} or more: ulimit -n, or LimitNOFILE= of a service.`,
    ),
  ];
}

/** Files of SQLite, pipes of processes, connections to others. */
const besideConnections = 1_024;

/** Names below localhost, at which each plugin has an origin of its own on a loopback address. */
export async function checkNames({ host }: ServerOptions): Promise<readonly DoctorFinding[]> {
  if (!isLoopback(host)) return [];
  const name = "plugin.localhost";
  const found = await lookup(name, { all: true }).catch(() => []);
  const elsewhere = found.find(({ address }) => !isLoopback(address));
  if (elsewhere) {
    return [
      wrong(
        "names",
        `${name} is ${elsewhere.address}, which is not this machine: whoever asks for a plugin there asks somebody else.`,
        "Have names below localhost stay on this machine (RFC 6761): ask whoever runs the DNS server.",
      ),
    ];
  }
  if (found.length > 0)
    return [ok("names", `${name} is ${found.map(({ address }) => address).join(" and ")}`)];
  return [
    note(
      "names",
      `${name} can't be resolved here. Browsers and curl know such names by themselves; other programs don't reach plugins by them.`,
      "Use /http/NAME/ there, or add a line for each name to /etc/hosts.",
    ),
  ];
}

/** Proxies of the surroundings. What plugins ask for goes directly, since its addresses are checked by the host. */
export function checkProxies(environment: Environment): readonly DoctorFinding[] {
  const names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
  const set = names.filter((name) => environment[name]);
  if (set.length === 0) return [];
  const skipped = (environment.NO_PROXY ?? environment.no_proxy ?? "").split(",").map((each) => each.trim());
  const isUsed = environment.NODE_USE_ENV_PROXY === "1";
  if (isUsed && !["*", "localhost", "127.0.0.1"].some((name) => skipped.includes(name))) {
    return [
      wrong(
        "proxy",
        `${set.join(", ")} and NODE_USE_ENV_PROXY are set: what the command line asks a host on this machine goes to the proxy, with its token.`,
        "Add the host to NO_PROXY: NO_PROXY=localhost,127.0.0.1",
      ),
    ];
  }
  return [
    note(
      "proxy",
      `${set.join(", ")} is set. Requests of plugins don't go there: the host checks addresses and connects to them itself.`,
      "Nothing, where the machine reaches what plugins ask for. Where only the proxy does, plugins can't ask for it.",
    ),
  ];
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
