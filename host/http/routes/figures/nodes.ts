/** Hosts that share what they serve from, as whoever looks after them asks. */
import type { NodesAnswer } from "../../../console/answers/host-answers.ts";
import { HotcellError } from "../../../errors.ts";
import { json } from "../../answer/respond.ts";
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
];
