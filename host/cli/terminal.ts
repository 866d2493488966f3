/** Ways out of the command line to a terminal. A host, a component or a source file may have said what is printed: none of it acts on the terminal. */

import { harmlessJson, harmlessJsonLine, harmlessLines } from "../text/harmless.ts";

/** Bytes as they are, to standard output; where that is a terminal, as a text on lines of its own. */
export async function printBytes(bytes: Uint8Array): Promise<void> {
  if (process.stdout.isTTY) return print(Buffer.from(bytes).toString());
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** A text of one or more lines, to standard output. */
export function print(text: string): void {
  console.log(harmlessLines(text));
}

/** A text of one or more lines, to standard error. */
export function printError(text: string): void {
  console.error(harmlessLines(text));
}

/** JSON for programs that people may look at, too: to standard output, over several lines. */
export function printJson(value: unknown): void {
  console.log(harmlessJson(value, 2));
}

/** A line of JSON that a host wrote, for a program that reads lines: to standard output. */
export function printJsonLine(json: string): void {
  console.log(harmlessJsonLine(json));
}
