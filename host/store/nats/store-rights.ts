/** Rights and room that a store on NATS needs, looked at before there is one. */
import { HotcellError } from "../../errors.ts";
import { natsAddress, shownAddress } from "../../nats/nats-address.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import { forbiddenSubjects } from "../../nats/nats-rights.ts";
import { connectNats, foundStream, type NatsStream } from "../../nats/open-nats.ts";
import type { NatsStoreOptions } from "./nats-store.ts";
import { Places } from "./places.ts";
import { storeStreams } from "./store-streams.ts";

/** Part of a subject that nobody has. */
const nobody = "hotcell-doctor";

/**
 * Throws `store-unavailable` where the user of these options may not do there what a host does, or has no room for its streams, and what
 * opening the store throws for streams that are there. Makes and changes nothing. Resolves to whether the store is there, whole.
 */
export async function requireStoreRights(link: NatsLink, options: NatsStoreOptions): Promise<boolean> {
  const { url, replicas } = options;
  const address = natsAddress(url, "HOTCELL_STORE");
  const where = shownAddress(address);
  const streams = storeStreams(new Places(address.name), replicas);
  const missing: NatsStream[] = [];
  const asked: string[] = [];
  for (const stream of streams) {
    const found = await foundStream(link, stream);
    if (!found) missing.push(stream);
    asked.push(...subjectsOf(stream, { made: found !== undefined }));
    if (found && replicas !== undefined && replicas !== found.num_replicas)
      asked.push(`$JS.API.STREAM.UPDATE.${stream.name}`);
  }
  const nc = await connectNats(address, options);
  const clustered = nc.info?.cluster !== undefined;
  const forbidden = await forbiddenSubjects(nc, asked);
  if (forbidden.length > 0) throw mayNot(where, address.name, forbidden);
  if (replicas !== undefined && replicas > 1 && !clustered) throw noCluster(where, replicas);
  if (missing.length > 0) await requireRoom(link, where, missing);
  return missing.length === 0;
}

/** Subjects to which a host publishes for a stream: its messages, and requests. */
function subjectsOf({ name, subjects }: NatsStream, { made }: { readonly made: boolean }): string[] {
  const api = ["INFO", "PURGE", "MSG.GET", "MSG.DELETE", ...(made ? [] : ["CREATE"])];
  const messages = subjects.map((subject) => subject.replace(/[*>]$/, nobody));
  return [
    ...messages,
    ...api.map((request) => `$JS.API.STREAM.${request}.${name}`),
    `$JS.API.CONSUMER.CREATE.${name}.${nobody}.${messages[0]}`,
    `$JS.API.CONSUMER.MSG.NEXT.${name}.${nobody}`,
    `$JS.API.CONSUMER.DELETE.${name}.${nobody}`,
  ];
}

async function requireRoom(link: NatsLink, where: string, missing: readonly NatsStream[]): Promise<void> {
  const account = await link.attempt(() => link.manager.getAccountInfo());
  const [{ replicas = 1 } = {}] = missing;
  const tier = account.tiers?.[`R${replicas}`] ?? account;
  const { streams, storage, limits } = tier;
  const { max_streams, max_storage, max_bytes_required } = limits;
  const no = (why: string, remedy: string) =>
    new HotcellError("store-unavailable", `The store ${where} can't be made: ${why}.`, {
      subject: where,
      remedy,
    });
  const raise = "Raise the limits of the account for JetStream, or give the store one of its own.";
  if (max_streams >= 0 && streams + missing.length > max_streams)
    throw no(
      `its account may have ${max_streams} streams, has ${streams}, and a store takes ${missing.length} more`,
      raise,
    );
  if (max_storage >= 0 && storage >= max_storage)
    throw no(`its account may have ${max_storage} bytes on disks, and has ${storage}`, raise);
  if (max_bytes_required)
    throw no(
      "its account wants a bound of bytes for each stream, and those of a store have none",
      "Let the account make streams without one (max_bytes: false).",
    );
}

function mayNot(where: string, name: string, forbidden: readonly string[]): HotcellError {
  const shown = forbidden.slice(0, 4).join(", ");
  const more = forbidden.length > 4 ? ` and ${forbidden.length - 4} subjects more` : "";
  return new HotcellError(
    "store-unavailable",
    `The host's user of NATS may not publish to ${shown}${more}: the store ${where} can't be used.`,
    {
      subject: where,
      actual: forbidden.join(", "),
      remedy: `Let it publish to ${name}.> and $JS.API.>, and subscribe to _INBOX.>.`,
    },
  );
}

function noCluster(where: string, replicas: number): HotcellError {
  return new HotcellError(
    "store-unavailable",
    `The NATS of ${where} is one server alone, which keeps no ${replicas} copies.`,
    {
      subject: where,
      actual: replicas,
      remedy: "Make a cluster of as many servers, or leave HOTCELL_NATS_REPLICAS out.",
    },
  );
}
