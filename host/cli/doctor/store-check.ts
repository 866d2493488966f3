/** Checks of a store on NATS: whether a host would be let in, may do there what it does, and finds the other hosts. */

import { natsAddress } from "../../nats/nats-address.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import { openNats } from "../../nats/open-nats.ts";
import type { ServerOptions } from "../../server.ts";
import { NatsRegisters } from "../../store/nats/nats-registers.ts";
import { Places } from "../../store/nats/places.ts";
import { requireStoreRights } from "../../store/nats/store-rights.ts";
import type { ServingHost } from "./address-check.ts";
import { type DoctorFinding, ok, wrongBy } from "./finding.ts";
import { checkNodes } from "./node-checks.ts";

/** Milliseconds. */
const patience = 3000;

/** Nothing where all is kept in the data folder. Makes nothing, and changes nothing. */
export async function checkStore(
  options: Pick<ServerOptions, "store" | "nodeAddress">,
  own: ServingHost | undefined,
): Promise<DoctorFinding[]> {
  const { store } = options;
  if (!store) return [];
  const address = natsAddress(store.url, "HOTCELL_STORE");
  let link: NatsLink | undefined;
  try {
    link = await openNats(address, { ...store, patience });
    const made = await requireStoreRights(link, store);
    const places = new Places(address.name);
    const registers = made ? new NatsRegisters(link, places.data, places.registers) : undefined;
    return [
      ok("store", `${link.where} answers: nats-server ${link.version}, with JetStream`),
      ...(await checkNodes(options, registers, own)),
    ];
  } catch (error) {
    return [wrongBy("store", error), ...(await checkNodes(options, undefined, own))];
  } finally {
    await left(link);
  }
}

/** Closes the connection, once what was asked for and not waited for has come there: consumers are removed so. */
async function left(link: NatsLink | undefined): Promise<void> {
  await link?.attempt(() => link.manager.getAccountInfo()).catch(() => {});
  await link?.close();
}
