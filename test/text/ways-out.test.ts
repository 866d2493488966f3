/** Ways out to a terminal or a log: each makes what it prints harmless, and there are no others. */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { printLogLine } from "../../host/capabilities/kit/print-log.ts";
import {
  ink,
  noteLine,
  print,
  printError,
  printJson,
  printJsonLine,
  printLine,
} from "../../host/cli/terminal.ts";
import { actingCharacters, actsOn, plainTexts } from "../support/acting-characters.ts";

const root = fileURLToPath(new URL("../../host", import.meta.url));

it("nothing prints a text as it came", () => {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  const wrong = files.flatMap((file) => {
    // What templates write into files of others, and examples in docblocks, print nothing here.
    const text = readFileSync(file, "utf8").replaceAll(/^\s*\*.*$|`[^`]*`/gm, "");
    return [...text.matchAll(/\b(?:console\.\w+|process\.std(?:out|err)\.write)\(\s*(\w*)/g)]
      .filter(([, begins]) => !/^(?:harmless|painted$)/.test(begins!))
      .map(([printed]) => `${relative(root, file)}: ${printed}`);
  });
  expect(wrong.sort()).toEqual([
    // The line of a log is put together of harmless parts.
    "capabilities/kit/print-log.ts: process.stderr.write(",
    // Sequences of a view's own, and lines that are painted.
    "cli/shown/full-screen.ts: process.stdout.write(",
    "cli/shown/full-screen.ts: process.stdout.write(enter",
    "cli/shown/full-screen.ts: process.stdout.write(leave",
    // Bytes that are asked for as they are, where no terminal takes them.
    "cli/terminal.ts: process.stdout.write(bytes",
    // A script of ours.
    "cli/verbs/operate/completion.ts: process.stdout.write(script",
  ]);
});

/** What is printed to either stream meanwhile, as text. */
function printed(use: () => void): string {
  const out: string[] = [];
  const spies = [
    vi.spyOn(console, "log").mockImplementation((text) => void out.push(`${text}\n`)),
    vi.spyOn(console, "error").mockImplementation((text) => void out.push(`${text}\n`)),
    vi.spyOn(process.stderr, "write").mockImplementation((text) => out.push(`${text}`) > 0),
  ];
  try {
    use();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return out.join("");
}

it("no character that acts comes out of any", () => {
  for (const character of actingCharacters.filter((each) => each !== "\n")) {
    const text = `a${character}b`;
    const lines = printed(() => {
      print(text);
      printError(text);
      printLine(text, ink("red", text));
      noteLine(ink("bold", text));
      printJson({ [text]: [text] });
      printJsonLine(JSON.stringify({ [text]: [text] }));
      printLogLine({ plugin: "p", level: "info", context: text, message: text });
    });
    expect(actsOn(lines.replaceAll("\n", ""))).toBe(false);
    expect(lines.split("\n")).toHaveLength(12);
  }
  const forged = "told\n[p] info: forged";
  const line = printed(() => printLogLine({ plugin: "p", level: "info", context: "", message: forged }));
  expect(line).toBe("[p] info: told\\u{a}[p] info: forged\n");
});

it("JSON reads back the same, and what people write comes out as it is", () => {
  const value = { all: actingCharacters, plain: plainTexts };
  expect(JSON.parse(printed(() => printJson(value)))).toEqual(value);
  expect(JSON.parse(printed(() => printJsonLine(JSON.stringify(value))))).toEqual(value);
  for (const text of plainTexts) expect(printed(() => print(text))).toBe(`${text}\n`);
});
