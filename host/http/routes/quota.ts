/** Quotas of those who ask a plugin for something, by its setting `rate`. */
import type { Identity } from "../../access/identity.ts";
import type { RequestHeaders } from "../../access/request-headers.ts";
import type { Quota } from "../../access/request-rates.ts";
import { quotaFields } from "../answer/problem.ts";
import type { Services } from "../services.ts";

/** Counts a request that may be made; undefined where the plugin has no rate. Throws `rate-limited`, which the plugin's counters have too. */
export function takeQuota(
  { access, registry }: Pick<Services, "access" | "registry">,
  identity: Identity,
  headers: RequestHeaders,
  plugin: string,
  connection: unknown,
): Quota | undefined {
  try {
    return access.count(identity, headers, plugin, connection);
  } catch (error) {
    registry.countRefusal(plugin, error);
    throw error;
  }
}

/** The answer, or the problem that comes in its place as `refuse` tells it, with what is left of the client's quota. */
export async function withQuota(
  quota: Quota,
  answer: Promise<Response>,
  refuse: (thrown: unknown) => Response,
): Promise<Response> {
  const told = await answer.catch(refuse);
  for (const [name, value] of Object.entries(quotaFields(quota))) told.headers.set(name, value);
  return told;
}
