/** All attacks, by what they go for. */

import type { Attack } from "./attack.ts";
import { abi } from "./attacks/abi.ts";
import { binary } from "./attacks/binary.ts";
import { capabilities } from "./attacks/capabilities.ts";
import { cpu } from "./attacks/cpu.ts";
import { embedded } from "./attacks/embedded.ts";
import { exceptions } from "./attacks/exceptions.ts";
import { files } from "./attacks/files.ts";
import { hostFunctions } from "./attacks/host-functions.ts";
import { limits } from "./attacks/limits.ts";
import { lines } from "./attacks/lines.ts";
import { links } from "./attacks/links.ts";
import { memory } from "./attacks/memory.ts";
import { names } from "./attacks/names.ts";
import { outgoing } from "./attacks/outgoing.ts";
import { resets } from "./attacks/resets.ts";
import { secrets } from "./attacks/secrets.ts";
import { starts } from "./attacks/starts.ts";
import { values } from "./attacks/values.ts";

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
  files,
  outgoing,
  "values by key": values,
  "links to other plugins": links,
  "functions of an embedder's": embedded,
  "secrets that texts are searched for": secrets,
  "what owners limit": limits,
};
