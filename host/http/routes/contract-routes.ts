/** Routes of contracts: put, list, show, remove. */
import type { Context } from "hono";
import type { Identity } from "../../access/identity.ts";
import { isPattern } from "../../access/plugin-patterns.ts";
import { contractBounds } from "../../bounds/contract-bounds.ts";
import type { ContractOutcome, ContractsAnswer } from "../../console/answers/contract-answers.ts";
import type { ContractSummary } from "../../registry/contracts/contracts.ts";
import { printWorld } from "../../wit/text/print.ts";
import { currentFile, json, noContent, text } from "../answer/respond.ts";
import { mediaType, readBody, requireMediaType } from "../body/body.ts";
import { bodyRequestOf } from "../body/body-of-request.ts";
import type { Services } from "../services.ts";
import { flag, integer, queryOf } from "./query.ts";
import type { Asked, Route } from "./route.ts";

export const contractRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/contracts",
    permission: "list",
    summary: "contracts that plugins are held to, and by which plugins",
    query: {},
    handler: (_, { registry }, { identity }) => {
      const contracts = registry.contracts.list().map((each) => seenBy(identity, each));
      return json({ contracts } satisfies ContractsAnswer);
    },
  },
  {
    method: "GET",
    path: "/contracts/:contract",
    permission: "list",
    summary: "a contract: its versions, and who is held to it",
    query: {},
    handler: (c, { registry }, { identity }) => json(seenBy(identity, registry.contracts.summary(nameIn(c)))),
  },
  {
    method: "GET",
    path: "/contracts/:contract/wit",
    permission: "list",
    gives: "text/plain",
    summary: "the world as WIT, of the newest version or of",
    query: { once: ["version"] },
    handler: (c, { registry }) => text(printWorld(registry.contracts.get(nameIn(c), versionIn(c)).world)),
  },
  {
    method: "GET",
    path: "/contracts/:contract/wasm",
    permission: "list",
    gives: "application/wasm",
    summary: "the world as it was put, of the newest version or of",
    query: { once: ["version"] },
    handler: (c, { registry }) => {
      const { name, version, digest, bytes } = registry.contracts.get(nameIn(c), versionIn(c));
      return currentFile(bytes, "application/wasm", `${name}-${version}.wasm`, digest);
    },
  },
  {
    method: "PUT",
    path: "/contracts/:contract",
    permission: "contracts",
    takes: ["application/wasm"],
    summary: "puts a version",
    query: { once: ["dry-run"], often: ["plugins", "breaks"] },
    handler: put,
  },
  {
    method: "DELETE",
    path: "/contracts/:contract",
    permission: "contracts",
    summary: "removes a contract, or one version",
    query: { once: ["version"] },
    handler: async (c, { registry }, { identity }) => {
      const version = versionIn(c);
      const { who } = identity;
      await registry.contracts.remove(nameIn(c), { who, ...(version !== undefined && { version }) });
      return noContent();
    },
  },
];

async function put(c: Context, services: Services, { identity }: Asked): Promise<Response> {
  const { registry, bodies, inflater } = services;
  const request = c.req.raw;
  const query = queryOf(request.url);
  const dryRun = flag(query, "dry-run");
  // `curl -T` sends no type.
  if (mediaType(request) !== "")
    requireMediaType(
      request,
      ["application/wasm", "application/octet-stream"],
      "Send the world with the header Content-Type: application/wasm; hotcell contract put makes it of WIT.",
    );
  const hold = bodies.hold();
  try {
    const limit = contractBounds.bytes.value;
    const bytes = await readBody(bodyRequestOf(request, c.env), limit, { inflater, hold });
    const placed = await registry.contracts.put(nameIn(c), bytes, {
      ...(query.has("plugins") && { plugins: query.getAll("plugins").filter((each) => each !== "") }),
      breaks: query.getAll("breaks"),
      dryRun,
      who: identity.who,
    });
    return json(placed satisfies ContractOutcome, placed.outcome === "created" ? 201 : 200);
  } finally {
    hold.release();
  }
}

/** Summary without plugins that who asks may not know of. */
function seenBy({ plugins }: Identity, summary: ContractSummary): ContractSummary {
  const mayKnow = (name: string) => isPattern(name) || (plugins?.has(name) ?? true);
  return { ...summary, plugins: summary.plugins.filter(mayKnow), users: summary.users.filter(mayKnow) };
}

function nameIn(c: Context): string {
  return c.req.param("contract")!;
}

function versionIn(c: Context): number | undefined {
  return integer(queryOf(c.req.url), "version");
}
