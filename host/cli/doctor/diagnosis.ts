/** Diagnosis of `hotcell doctor`: all checks, one after the other, none of which changes anything. */

import { nodesOfFolder } from "../../nodes/folder-nodes.ts";
import type { ServerOptions } from "../../server.ts";
import { livingHolder } from "../../store/sqlite/folder-holder.ts";
import { lockOf } from "../../store/sqlite/folder-lock.ts";
import type { Environment } from "../remote/local-host.ts";
import { type RemoteHost, remoteHost } from "../remote/remote-host.ts";
import { type CommandLine, serverOptions } from "../server/server-options.ts";
import { checkAddress, type ServingHost } from "./address-check.ts";
import { checkData } from "./data-checks.ts";
import { type DoctorFinding, ok, wrong, wrongBy } from "./finding.ts";
import { checkMemory, checkNames, checkNode, checkOpenFiles, checkProxies } from "./machine-checks.ts";
import { checkPeers } from "./peer-checks.ts";
import { checkHost } from "./remote-checks.ts";
import { checkStore } from "./store-check.ts";

/** Findings about this machine as one that runs a host with these options. */
export async function diagnoseHere(
  environment: Environment,
  line: CommandLine,
): Promise<readonly DoctorFinding[]> {
  const first = [checkNode()];
  let options: ServerOptions;
  try {
    options = serverOptions(environment, line);
  } catch (error) {
    return [...first, wrongBy("settings", error), ...checkPeers(), ...checkProxies(environment)];
  }
  const { host, port, admin, data } = options;
  const own = servingHost(data, admin?.port ?? port);
  return [
    ...first,
    ok("settings", "variables and options are as a host takes them"),
    await checkAddress("port", { host, port }, own),
    ...(admin
      ? [
          admin.port === port && port !== 0
            ? wrong(
                "admin-port",
                `The API is to listen on the port of all else, ${port}.`,
                "Give it another: HOTCELL_ADMIN or --admin.",
              )
            : await checkAddress("admin-port", admin, own, {
                host: "HOTCELL_ADMIN or --admin",
                port: "the one in HOTCELL_ADMIN or --admin",
              }),
        ]
      : []),
    ...(await checkData(options)),
    ...(await checkStore(options, own)),
    ...checkMemory(options),
    ...checkOpenFiles(),
    ...(await checkNames(options)),
    ...checkProxies(environment),
    ...checkPeers(),
    ...(own?.address === undefined
      ? []
      : await checkHost(remoteHost(own.address, options.token, environment))),
  ];
}

/** Host that has the lock of the folder; what is written beside that, one that died leaves there. Of several that share it the one at that port. */
function servingHost(data: string, port: number): ServingHost | undefined {
  try {
    const shared = nodesOfFolder(data);
    return lockOf(data)?.holder ?? shared.find((node) => isAt(node, port)) ?? shared[0] ?? livingHolder(data);
  } catch {
    // The data folder has a finding of its own for that.
    return undefined;
  }
}

function isAt({ address }: ServingHost, port: number): boolean {
  return address !== undefined && URL.parse(address)?.port === String(port);
}

/** Findings about a host elsewhere, and what this machine needs to talk to it. */
export async function diagnoseThere(
  environment: Environment,
  host: RemoteHost,
): Promise<readonly DoctorFinding[]> {
  return [checkNode(), ...checkProxies(environment), ...(await checkHost(host))];
}
