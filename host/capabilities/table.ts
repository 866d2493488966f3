/** The capability table. What is not in it can't be granted, and is not supplied. */
import type { Capability, Offer } from "./capability.ts";
import { environment } from "./cli/environment.ts";
import { program } from "./cli/program.ts";
import { clocks } from "./clocks/clocks.ts";
import { filesystem } from "./filesystem/filesystem.ts";
import { http } from "./http/http.ts";
import { io } from "./io/io.ts";
import { logging } from "./logging/logging.ts";
import { random } from "./random/random.ts";
import { sockets } from "./sockets/sockets.ts";

export const capabilities: readonly Capability[] = [
  clocks,
  random,
  logging,
  environment,
  io,
  program,
  filesystem,
  sockets,
  http,
];

/** Who offers an interface, by its name without version. */
export function offerOf(
  name: string,
): { readonly capability: Capability; readonly offer: Offer } | undefined {
  for (const capability of capabilities) {
    const offer = capability.offers.find((candidate) => candidate.name === name);
    if (offer) return { capability, offer };
  }
  return undefined;
}

/** Interfaces that are offered, without version. */
export function offeredNames(): string[] {
  return capabilities.flatMap(({ offers }) => offers.map(({ name }) => name));
}
