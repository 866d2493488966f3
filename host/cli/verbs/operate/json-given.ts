/** JSON that a line gives: as it stands there, of a file (`@FILE`), or of standard input (`-`). */

import { buffer } from "node:stream/consumers";
import { readBytes } from "../../build/plugin-folder.ts";
import { UsageError } from "../../command-line.ts";

/** An object of JSON. Throws UsageError where it is none. */
export async function jsonGiven(given: string, whose: string): Promise<object> {
  const value = parsed(await textGiven(given), whose);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`${whose} is to be a JSON object.`);
}

/** Text that a line gives in these ways. */
export async function textGiven(given: string): Promise<string> {
  if (given === "-") return (await buffer(process.stdin)).toString();
  return given.startsWith("@") ? Buffer.from(await readBytes(given.slice(1))).toString() : given;
}

export function parsed(text: string, whose: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${whose} is no JSON: ${(error as Error).message}`);
  }
}
