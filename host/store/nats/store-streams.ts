import { idempotencyBounds } from "../../bounds/http-bounds.ts";
import type { NatsStream } from "../../nats/open-nats.ts";
import type { Places } from "./places.ts";

/** Format of the streams. A later one that this code could not read has a higher number. */
const format = 1;

/** Streams that a store on NATS is made of, in the order in which they are made. `replicas`: copies of each; undefined: as many as it has. */
export function storeStreams(places: Places, replicas: number | undefined): readonly NatsStream[] {
  const common = { format, replicas };
  return [
    {
      ...common,
      name: places.log,
      subjects: [places.everyEvent],
      what: "Log of a Hotcell store",
      newestOnly: false,
    },
    {
      ...common,
      name: places.data,
      subjects: [places.allData],
      what: "Data of a Hotcell store",
      newestOnly: true,
    },
    {
      ...common,
      name: places.values,
      subjects: [`${places.valueChanges}.*`],
      what: "Values of a Hotcell store",
      newestOnly: false,
    },
    {
      ...common,
      name: places.calls,
      subjects: [`${places.callSubjects}.*`],
      what: "Calls of a Hotcell store",
      newestOnly: true,
      keptTime: idempotencyBounds.keptTime.value,
    },
  ];
}
