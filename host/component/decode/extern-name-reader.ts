/** Decodes names of imports and exports (Binary.md, Import and Export Definitions: `nameattributes`). */

import { isLabel } from "../../wit/wit-names.ts";
import { invalid, malformedComponent } from "../component-failures.ts";
import type { Reader } from "../component-reader.ts";
import { canonicalVersion, isInterfaceName, type NamedExtern, semver } from "../validate/extern-names.ts";

/** The name, and the attributes that say more about it. */
export function readExternName(reader: Reader): NamedExtern {
  const offset = reader.at;
  const form = reader.byte();
  if (form > 0x02) throw malformedComponent(`0x${form.toString(16)} starts no import or export name`, offset);
  const name = reader.name();
  return form === 0x02 ? { name, ...readAttributes(reader, name) } : { name };
}

function readAttributes(reader: Reader, name: string): { implements?: string } {
  const seen = new Set<number>();
  let implemented: string | undefined;
  for (let left = reader.count(); left > 0; left--) {
    const offset = reader.at;
    const kind = reader.byte();
    const value = reader.name();
    if (kind > 0x02) throw malformedComponent(`0x${kind.toString(16)} is no attribute of a name`, offset);
    if (seen.has(kind)) throw invalid(`"${name}" has the same attribute twice`, offset, name);
    seen.add(kind);
    if (kind === 0x00) {
      if (!isInterfaceName(value, offset)) throw invalid(`"${value}" is not an interface name`, offset, name);
      if (!isLabel(name)) throw invalid(`only a plain name can implement an interface`, offset, name);
      implemented = value;
    } else if (kind === 0x01) {
      const version = name.slice(name.indexOf("@") + 1);
      if (!name.includes("@") || !canonicalVersion.test(version) || !semver.test(version + value)) {
        throw invalid(`"${name}" with the version suffix "${value}" has no valid version`, offset, name);
      }
    }
  }
  return implemented === undefined ? {} : { implements: implemented };
}
