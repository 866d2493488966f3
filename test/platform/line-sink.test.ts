/** Lines to descriptors that are slow, stand still, or are closed. */

import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { LineSink } from "../../host/platform/line-sink.ts";
import { until } from "../support/processes.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-lines-"));
afterAll(() => rm(scratch, { recursive: true }));

const opened: FileHandle[] = [];
afterEach(async () => {
  for (const handle of opened.splice(0)) await handle.close();
});

/** A pipe that takes no more than it holds, some 64 KiB, while nobody reads it. */
async function pipe(): Promise<{ writable: FileHandle; readable: FileHandle }> {
  const path = join(scratch, `pipe-${opened.length}-${process.hrtime.bigint()}`);
  execFileSync("mkfifo", [path]);
  const readable = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writable = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  opened.push(writable);
  return { writable, readable };
}

async function readAll(handle: FileHandle): Promise<string> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1024 * 1024)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return { bytesRead: 0, buffer: Buffer.alloc(0) };
    throw error;
  });
  return buffer.toString("utf8", 0, bytesRead);
}

function writer(descriptor: number, max = 1024 * 1024): { lines: LineSink; broken: Error[] } {
  const broken: Error[] = [];
  const lines = new LineSink(descriptor, {
    max,
    tellDropped: (count) => `dropped ${count}`,
    broken: (error) => void broken.push(error),
  });
  return { lines, broken };
}

describe("a line sink", () => {
  it("writes all lines in their order by its end", async () => {
    const path = join(scratch, "file");
    const file = await open(path, "w");
    opened.push(file);
    const { lines } = writer(file.fd);
    const said = Array.from({ length: 5_000 }, (_, i) => `line ${i} ä`);
    for (const line of said) lines.write(line);
    await lines.end(10_000);
    expect(await readFile(path, "utf8")).toBe(`${said.join("\n")}\n`);
  });

  it("writes no line in parts where others write to the same pipe", async () => {
    const { writable, readable } = await pipe();
    // Another process has a description of its own; a thread of the pool writes for each, as it comes.
    const sinks = ["a", "b", "c"].map((name) => ({ name, ...writer(writable.fd, 100_000_000) }));
    for (let i = 0; i < 300; i++)
      for (const { name, lines } of sinks) lines.write(name.repeat(1 + ((i * 37) % 4_095)));
    let ended = false;
    const all = Promise.all(sinks.map(({ lines }) => lines.end(100_000))).then(() => {
      ended = true;
    });
    let read = "";
    await until(async () => {
      read += await readAll(readable);
      return ended;
    });
    await all;
    read += await readAll(readable);
    await readable.close();
    const lines = read.trimEnd().split("\n");
    expect(lines).toHaveLength(900);
    expect(lines.filter((line) => !/^(?:a+|b+|c+)$/.test(line))).toEqual([]);
  });

  it("holds so many bytes while nobody reads, drops what is beyond, and says so when there is room again", async () => {
    const { writable, readable } = await pipe();
    opened.push(readable);
    const { lines } = writer(writable.fd, 200_000);
    const line = "x".repeat(999);
    for (let i = 0; i < 300; i++) lines.write(line);
    let text = "";
    const endsWith = async (end: string) => {
      text += await readAll(readable);
      return text.endsWith(end);
    };
    await until(() => endsWith("dropped 100\n"));
    expect(text.split("\n").filter((each) => each === line)).toHaveLength(200);
    lines.write("again");
    await until(() => endsWith("again\n"));
    expect(text.split("\n")).toHaveLength(203);
  });

  it("ends though nobody reads", async () => {
    const { writable, readable } = await pipe();
    opened.push(readable);
    const { lines } = writer(writable.fd);
    for (let i = 0; i < 200; i++) lines.write("x".repeat(999));
    await lines.end(20);
  });

  it("says once that its descriptor is of no use any more", async () => {
    const { writable, readable } = await pipe();
    await readable.close();
    const { lines, broken } = writer(writable.fd);
    lines.write("one");
    await until(() => broken.length > 0);
    lines.write("two");
    await lines.end(10_000);
    expect(broken).toMatchObject([{ code: "EPIPE" }]);
  });
});
