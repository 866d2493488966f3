/** Check of a store on NATS: whether a host would be let in, and find what it needs. */

import { natsAddress } from "../../nats/nats-address.ts";
import { openNats } from "../../nats/open-nats.ts";
import type { ServerOptions } from "../../server.ts";
import { type DoctorFinding, ok, wrongBy } from "./finding.ts";

/** Milliseconds. */
const patience = 3000;

/** Nothing where all is kept in the data folder. Makes no stream. */
export async function checkStore({ store }: Pick<ServerOptions, "store">): Promise<DoctorFinding[]> {
  if (!store) return [];
  try {
    const link = await openNats(natsAddress(store.url, "HOTCELL_STORE"), { ...store, patience });
    const { where, version } = link;
    await link.close();
    return [ok("store", `${where} answers: nats-server ${version}, with JetStream`)];
  } catch (error) {
    return [wrongBy("store", error)];
  }
}
