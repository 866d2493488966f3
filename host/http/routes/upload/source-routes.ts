/** Route by which a registry, or whatever pushes to one, says that there may be something new. */
import { json } from "../../answer/respond.ts";
import type { Route } from "../route.ts";

export const sourceRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/plugins/:name/source/check",
    permission: "deploy",
    summary: "looks what the plugin's source stands for, and deploys what is new",
    query: {},
    // Whatever a registry says in the body is not needed: it is asked. Looks have turns of their own, and a plugin has one at a time: whoever
    // waits for one holds no turn of those who pull.
    handler: async (_, { registry, checkSource }, { plugin }) => {
      registry.details(plugin);
      return json(await checkSource(plugin));
    },
  },
];
