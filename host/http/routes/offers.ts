/** Route that tells what the host offers plugins for import. */

import type { OfferedPackages } from "../../console/answers/host-answers.ts";
import { json } from "../answer/respond.ts";
import type { Route } from "./route.ts";

export const offerRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/wit",
    permission: "list",
    summary: "WIT of what plugins may import, and what each interface needs to be granted",
    query: {},
    handler: (_, { registry }) => json({ packages: registry.offered() } satisfies OfferedPackages),
  },
];
