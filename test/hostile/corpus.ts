/** All attacks, by what they go for. */

import { abi } from "./abi.ts";
import type { Attack } from "./attack.ts";
import { binary } from "./binary.ts";
import { capabilities } from "./capabilities.ts";
import { cpu } from "./cpu.ts";
import { limits } from "./limits.ts";
import { memory } from "./memory.ts";
import { names } from "./names.ts";

export const corpus: Readonly<Record<string, readonly Attack[]>> = {
  "the host's time": cpu,
  "the host's memory": memory,
  "the canonical ABI": abi,
  names,
  "the binary format": binary,
  capabilities,
  "what owners limit": limits,
};
