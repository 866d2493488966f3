/** All attacks, by what they go for. */

import { abi } from "./abi.ts";
import type { Attack } from "./attack.ts";
import { binary } from "./binary.ts";
import { capabilities } from "./capabilities.ts";
import { cpu } from "./cpu.ts";
import { exceptions } from "./exceptions.ts";
import { hostFunctions } from "./host-functions.ts";
import { limits } from "./limits.ts";
import { lines } from "./lines.ts";
import { memory } from "./memory.ts";
import { names } from "./names.ts";
import { resets } from "./resets.ts";
import { secrets } from "./secrets.ts";
import { starts } from "./starts.ts";

export const corpus: Readonly<Record<string, readonly Attack[]>> = {
  "the host's time": cpu,
  exceptions,
  "the host's memory": memory,
  "memories and code as the host finds them": resets,
  "what starting a cell takes": starts,
  "the canonical ABI": abi,
  names,
  "tables of lines": lines,
  "the binary format": binary,
  capabilities,
  "host functions": hostFunctions,
  "secrets that texts are searched for": secrets,
  "what owners limit": limits,
};
