/**
 * A session at a terminal against a running host, with real components, as `session.txt` beside this has it: each line after `$` is
 * run, and what it prints is what stands below it; lines that begin with `!` came on standard error. `BLESS=1` writes it anew.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { logger } from "../../guests/small-plugins.ts";
import { EventStream } from "../../support/event-stream.ts";
import { examplePath } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";
import { lineHere, wordsOf } from "./line-here.ts";

const host = await hostOfFile();
const folder = await mkdtemp(join(tmpdir(), "hotcell-session-"));
const happened = await EventStream.open(host);
afterAll(() => rm(folder, { recursive: true }));

const transcript = new URL("session.txt", import.meta.url);
const environment = {
  HOTCELL_URL: host.url,
  HOTCELL_TOKEN: authorization.replace("Bearer ", ""),
  XDG_CONFIG_HOME: folder,
  HOTCELL_DATA: folder,
};

/** Times, digests and addresses are others each time. */
function settled(text: string): string {
  return text
    .replaceAll(host.url, "http://HOST")
    .replaceAll(/\b\d+(\.\d)? ms/g, "N ms")
    .replaceAll(/"20[\d-]{8}T[\d:.]{12}Z"/g, '"TIME"')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME")
    .replaceAll(/\b\d+[sm]\b(?= )/g, "AGO")
    .replaceAll(/sha256:[0-9a-f]{64}/g, "sha256:…")
    .replaceAll(/sha256:[0-9a-f]{12}…/g, "sha256:…")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "DIGEST")
    .replaceAll(/"fuel": ?\d+/g, '"fuel": N')
    .replaceAll(/"id":\d+/g, '"id":N')
    .replaceAll(/\b[\d,]+ (bytes|units)/g, "N $1")
    .replaceAll(/[ \t]+$/gm, "");
}

/** Examples are named as they are built; one that logs is small. */
function fileOf(word: string): string {
  if (word === "chatty.wasm") return join(folder, word);
  return word.replace(/^(.+)\.wasm$/, (_, name: string) => examplePath(name));
}

async function told(line: string): Promise<string> {
  const words = wordsOf(line).map(fileOf);
  const { code, stdout, stderr } = await lineHere(words.slice(1), environment);
  const errors = stderr.replaceAll(/^(?=.)/gm, "! ");
  return `$ ${line}\n${settled(stdout + errors)}${code === 0 ? "" : `= ${code}\n`}`;
}

/** Lines of logs are stored a moment after their call. */
async function untilLogged(): Promise<void> {
  for (let event = await happened.next(); event?.kind !== "log"; event = await happened.next())
    if (!event) throw new Error("nothing was logged");
}

describe("a session", () => {
  it("goes as its transcript has it", async () => {
    const expected = await readFile(transcript, "utf8");
    await writeFile(join(folder, "chatty.wasm"), logger());
    let session = "";
    for (const line of expected.split("\n")) {
      if (line.startsWith("# ")) session += `${session === "" ? "" : "\n"}${line}\n`;
      if (line === "$ hotcell logs") await untilLogged();
      if (line.startsWith("$ ")) session += await told(line.slice(2));
    }
    if (process.env.BLESS) await writeFile(transcript, session);
    else expect(session).toBe(expected);
  });
});
