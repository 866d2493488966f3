/** Hosts that share what they serve from, as whoever looks after them asks, and the key by which they know one another. */
import type { NodesAnswer } from "../../../console/answers/host-answers.ts";
import { HotcellError } from "../../../errors.ts";
import type { NodeKeyControl } from "../../../nodes/key-ring.ts";
import { json } from "../../answer/respond.ts";
import type { Services } from "../../services.ts";
import type { Route } from "../route.ts";

export const nodeRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/nodes",
    permission: "nodes",
    summary: "hosts that serve from the same data, and which of them answers",
    query: {},
    handler: async (_, { nodes }) => {
      if (!nodes) throw new HotcellError("route-not-found", "This server does not tell of other hosts.");
      return json({ nodes: await nodes() } satisfies NodesAnswer);
    },
  },
  {
    method: "GET",
    path: "/nodes/key",
    permission: "nodes",
    summary:
      "number of the key by which the hosts of a store know one another, and whom a change of it waits for",
    query: {},
    handler: async (_, services) => json(await keyOf(services).told()),
  },
  {
    method: "POST",
    path: "/nodes/key",
    permission: "keys",
    summary: "puts a new key in the place of the one by which the hosts of a store know one another",
    query: {},
    handler: async (_, services, { identity }) => json(await keyOf(services).rotate(identity.who), 202),
  },
];

function keyOf({ nodeKey }: Services): NodeKeyControl {
  if (nodeKey) return nodeKey;
  throw new HotcellError("route-not-found", "This host has no key that it shares with others.", {
    subject: "key",
    remedy: "Ask a host whose store is on NATS; hosts that share a folder have no key.",
  });
}
