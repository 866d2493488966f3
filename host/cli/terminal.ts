/** Ways out of the command line to a terminal. A host, a component or a source file may have said what is printed: none of it acts on the terminal. */

import { styleText } from "node:util";
import { harmlessJson, harmlessJsonLine, harmlessLine, harmlessLines } from "../text/harmless.ts";

/** Text of a line with a style, on terminals that show some (NO_COLOR and FORCE_COLOR are heeded). */
export interface Ink {
  readonly style: "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
  readonly text: string;
}

/** Part of a line. */
export type LinePiece = string | Ink;

export const ink = (style: Ink["style"], text: string): Ink => ({ style, text });

/** A line as it is written to that stream: what is in its pieces does nothing there, and their styles do. */
export function painted(pieces: readonly LinePiece[], stream: NodeJS.WriteStream): string {
  return pieces
    .map((piece) => {
      if (typeof piece === "string") return harmlessLine(piece);
      return styleText(piece.style, harmlessLine(piece.text), { stream, validateStream: true });
    })
    .join("");
}

/** A line to standard output. */
export function printLine(...pieces: readonly LinePiece[]): void {
  console.log(painted(pieces, process.stdout));
}

/** A line to standard error, for people: what is on standard output stays what was asked for. */
export function noteLine(...pieces: readonly LinePiece[]): void {
  console.error(painted(pieces, process.stderr));
}

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
