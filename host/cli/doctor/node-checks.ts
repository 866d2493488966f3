/** Checks of a host that is one of several on a store on NATS: the address that it has for the others, and whether those answer. */

import { once } from "node:events";
import { hostname } from "node:os";
import { connect } from "node:tls";
import { isLoopback } from "../../access/loopback.ts";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { heardNodes } from "../../nodes/heard-nodes.ts";
import type { HostNode } from "../../nodes/leases.ts";
import { nodeAddress } from "../../nodes/node-address.ts";
import { keysFor, NodeKeys } from "../../nodes/node-key.ts";
import { type HeldKeys, keyedClientOptions } from "../../placement/far/far-place.ts";
import type { ServerOptions } from "../../server.ts";
import type { SharedRegisters } from "../../store/store.ts";
import { checkAddress, type ServingHost } from "./address-check.ts";
import { type DoctorFinding, note, ok, wrong } from "./finding.ts";

const setting = "HOTCELL_NODE_ADDRESS";

/** Finding about one of the other hosts. */
interface NodeFinding {
  readonly state: DoctorFinding["state"];
  readonly found: string;
}

/** `registers`: of the store, where it is there. `own`: the host that serves from the data folder, which is none of the others. */
export async function checkNodes(
  { nodeAddress: address }: Pick<ServerOptions, "nodeAddress">,
  registers: Pick<SharedRegisters, "all" | "get"> | undefined,
  own: ServingHost | undefined,
): Promise<DoctorFinding[]> {
  const nodes = registers ? await heardNodes(registers) : [];
  const others = nodes.filter((node) => !isOwn(node, own));
  const findings = [await ownAddress(address, others, own)];
  const keys = registers && (await NodeKeys.kept(registers));
  if (!keys || others.length === 0) return findings;
  return [...findings, await answers(others, keys)];
}

function isOwn({ machine, pid, address }: HostNode, own: ServingHost | undefined): boolean {
  // Each worker is one of them, and the folder names one worker.
  return own !== undefined && machine === hostname() && (pid === own.pid || address === own.address);
}

async function ownAddress(
  address: string | undefined,
  others: readonly HostNode[],
  own: ServingHost | undefined,
): Promise<DoctorFinding> {
  const elsewhere = others.find(({ machine }) => machine !== hostname())?.machine;
  const place = address === undefined ? undefined : nodeAddress(address, setting);
  if (place && !isLoopback(place.host)) {
    const names = { host: setting, port: `another in ${setting}` };
    return checkAddress("node-address", place, own, names);
  }
  if (elsewhere !== undefined)
    return note(
      "node-address",
      `There are hosts on other machines (${elsewhere}), and ${place ? `${place.host} is` : "without an address this host is"} reached by those on this machine alone.`,
      `Set ${setting} to an address of this machine that the others reach, such as 10.0.0.5:7801.`,
    );
  if (place)
    return checkAddress("node-address", place, own, { host: setting, port: `another in ${setting}` });
  return ok("node-address", "none: hosts on this machine alone reach this one");
}

async function answers(others: readonly HostNode[], keys: HeldKeys): Promise<DoctorFinding> {
  const found = await Promise.all(others.map((node) => answer(node, keys)));
  const told = (state: DoctorFinding["state"]) =>
    found.filter((each) => each.state === state).map((each) => each.found);
  const failing = [...told("wrong"), ...told("note")];
  const remedy = `Set ${setting} there to an address of that machine, and see that a firewall lets other hosts to its port.`;
  if (told("wrong").length > 0) return wrong("other-hosts", failing.join("; "), remedy);
  if (failing.length > 0) return note("other-hosts", failing.join("; "), remedy);
  const count = found.length === 1 ? "1 host answers" : `${found.length} hosts answer`;
  return ok("other-hosts", `${count}: ${told("ok").join(", ")}`);
}

async function answer(node: HostNode, keys: HeldKeys): Promise<NodeFinding> {
  const { machine, pid, cells, key } = node;
  const who = `${machine} (process ${pid})`;
  if (cells === undefined) return { state: "note", found: `${who} has no address for other hosts` };
  const { host, port } = nodeAddress(cells, "cells");
  if (isLoopback(host) && machine !== hostname())
    return {
      state: "note",
      found: `${who} has ${cells} for other hosts, which only those on its machine reach`,
    };
  const socket = connect({ host, port, ...keyedClientOptions(keysFor(key, keys)) });
  const signal = AbortSignal.timeout(nodeBounds.connectTime.value);
  try {
    await once(socket, "secureConnect", { signal });
    return { state: "ok", found: `${who} at ${cells}` };
  } catch (error) {
    const why = signal.aborted ? `not within ${nodeBounds.connectTime.value} ms` : (error as Error).message;
    return { state: "wrong", found: `${who} does not answer at ${cells}: ${why}` };
  } finally {
    socket.on("error", () => {}).destroy();
  }
}
