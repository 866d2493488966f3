import { hash } from "node:crypto";
import type { ByteReader } from "../../wasm/byte-reader.ts";
import { ByteWriter } from "../../wasm/byte-writer.ts";
import type { Stretch } from "../scan/outline.ts";

const moduleName = 0;
const functionNames = 1;

/** The name by which a stack trace tells a module that says where its code comes from: all that it says is in it. */
export function linedModuleName(lines: Uint8Array): string {
  return `lines-${hash("sha256", lines, "hex").slice(0, 16)}`;
}

/**
 * Writes the name section: the names of functions stay, for stack traces. Other custom sections go: places in code and
 * numbers of globals in them would be wrong. `called`: what the module is called instead of what it calls itself.
 */
export function writeNames(
  out: ByteWriter,
  reader: ByteReader,
  names: Stretch | undefined,
  called: string | undefined,
): void {
  const content = new ByteWriter(1024);
  content.name("name");
  if (called !== undefined) {
    const name = new ByteWriter(64);
    name.name(called);
    content.byte(moduleName);
    content.sized(name);
  }
  if (names) copyNames(content, reader, names, called !== undefined);
  else if (called === undefined) return;
  out.byte(0);
  out.sized(content);
}

/** Copies names as far as they can be read: what is wrong in them makes no module invalid. */
function copyNames(content: ByteWriter, reader: ByteReader, names: Stretch, renamed: boolean): void {
  reader.at = names.start;
  reader.end = names.end;
  try {
    while (reader.at < names.end) {
      const start = reader.at;
      const id = reader.byte();
      reader.skip(reader.u32());
      if (id === functionNames || (id === moduleName && !renamed))
        content.copy(reader.bytes, start, reader.at);
    }
  } catch {
    // The rest is left out.
  }
}
