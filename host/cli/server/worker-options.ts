/** Number of workers, as options and variables say it. */

import { availableParallelism } from "node:os";
import { HotcellError } from "../../errors.ts";
import { type GivenOption, wrongOption } from "./listen-address.ts";

const most = 64;

/** Throws `bad-settings` for a number that won't do, and where the hosts would share no folder. */
export function workersOf({ value, source }: GivenOption, store: GivenOption): { workers?: number } {
  if (value === undefined) return {};
  const count = value === "auto" ? Math.min(availableParallelism(), most) : Number(value);
  if (!/^(?:auto|\d{1,3})$/.test(value) || count < 1 || count > most)
    throw wrongOption(source, value, `a number of processes from 1 to ${most}, or auto`);
  if (store.value === undefined) return { workers: count };
  throw new HotcellError(
    "bad-settings",
    `${source} is set, and so is ${store.source}: workers share a data folder.`,
    {
      subject: source,
      remedy: `Leave ${source} out, and start a host on a port of its own for each processor, behind a load balancer.`,
    },
  );
}
