/** Versions that one of several hosts tries before the others get them, as whichever host is asked knows of them. */
import { HotcellError } from "../../errors.ts";
import type { ToldNode } from "../../nodes/told-nodes.ts";
import { ask, type RemoteHost } from "./remote-host.ts";

export interface TriedVersion {
  readonly version: string;
  readonly host: Pick<ToldNode, "machine" | "pid" | "address" | "self">;
}

/** Versions by plugin. Empty where the host does not tell of others, or whoever asks may not know: then it is no more than a line that is missing. */
export async function triedVersions(host: RemoteHost): Promise<ReadonlyMap<string, TriedVersion>> {
  let nodes: readonly ToldNode[];
  try {
    ({ nodes } = (await ask(host, "GET", "/nodes")) as { readonly nodes: readonly ToldNode[] });
  } catch (error) {
    if (error instanceof HotcellError) return new Map();
    throw error;
  }
  return new Map(
    nodes.flatMap((node) =>
      Object.entries(node.standing?.tries ?? {}).map(
        ([plugin, version]) => [plugin, { version, host: node }] as const,
      ),
    ),
  );
}
