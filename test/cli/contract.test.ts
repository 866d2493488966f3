/** `hotcell contract` beside a running `hotcell serve`. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sample } from "../guests/small-plugins.ts";
import { finished, killRunning, Lines, startHotcell } from "../support/cli.ts";

const cwd = await mkdtemp(join(tmpdir(), "hotcell-contract-"));
afterAll(async () => {
  await killRunning();
  await rm(cwd, { recursive: true });
});

const contract = (...args: string[]) => finished(startHotcell(["contract", ...args], { cwd }));
const good = (words: string) => ({ code: 0, stdout: expect.stringContaining(words), stderr: "" });
const bad = (code: number, words: string) => ({ code, stderr: expect.stringContaining(words) });

let url = "";
let authorization = "";
beforeAll(async () => {
  const lines = await new Lines(startHotcell(["serve", "--port", "0"], { cwd })).until(/Admin token/);
  url = /http:\S+/.exec(lines.join("\n"))![0];
  authorization = `Bearer ${/Admin token: (\S+)/.exec(lines.join("\n"))![1]}`;
  await mkdir(join(cwd, "wit"));
  const worlds = `world one { export add: func(a: u32, b: u32) -> u32; }
    world two { export add: func(a: u32, b: u32, c: u32) -> u32; }`;
  await writeFile(join(cwd, "wit/sums.wit"), `package acme:sums;\n${worlds}`);
  await writeFile(join(cwd, "whole.wasm"), sample());
  await writeFile(join(cwd, "less.wasm"), sample({ without: ["add"] }));
});

async function upload(plugin: string, bytes: Uint8Array): Promise<number> {
  const headers = { authorization, "content-type": "application/wasm" };
  const body = bytes as Uint8Array<ArrayBuffer>;
  return (await fetch(`${url}/plugins/${plugin}`, { method: "PUT", headers, body })).status;
}

describe("hotcell contract", () => {
  it("puts a world of WIT, by which uploads are judged", async () => {
    expect(await contract("put", "sums", "wit/")).toMatchObject(bad(1, "Choose one: --world NAME."));
    expect(await contract("put", "sums", "wit/", "--world", "one", "--plugin", "sum-*")).toEqual(
      good("sums@1 is put."),
    );
    expect(await contract("list")).toEqual(good("sums@1  for sum-*  nobody"));
    expect(await contract("show", "sums")).toEqual(good("export add: func(a: u32, b: u32) -> u32;"));
    expect(await contract("check", "sums", "whole.wasm")).toEqual(good("whole.wasm satisfies sums."));
    expect(await contract("check", "sums@1", "less.wasm")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("Calls of it fail."),
    });
    expect(await upload("sum-a", sample({ without: ["add"] }))).toBe(409);
    expect(await upload("sum-a", sample())).toBe(201);
    expect(await contract("list")).toEqual(good("sums@1  for sum-*  sum-a"));
  }, 60_000);

  it("tells what another version would break, before it is put", async () => {
    expect(await contract("impact", "sums", "wit/sums.wit", "--world", "two")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("sum-a does not satisfy it:"),
    });
    expect(await contract("put", "sums", "wit", "--world", "two")).toMatchObject(bad(3, "--breaks sum-a"));
    expect(await contract("put", "sums", "wit/", "--world", "two", "--breaks", "sum-a")).toEqual(
      good("sums@2 is put."),
    );
    expect(await contract("rm", "sums@3")).toMatchObject(bad(6, "sums@2"));
    expect(await contract("rm", "sums@1")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await contract("put", "model", "whole.wasm", "--json")).toEqual(good('"outcome": "created"'));
    expect(await contract("impact", "model", "whole.wasm")).toEqual(good("All live plugins"));
    expect(await contract("rm", "model")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await contract("show", "model")).toMatchObject(bad(6, "There is no contract"));
  }, 60_000);

  it.each([
    [[], "put, impact, list, show, check or rm"],
    [["get"], "no hotcell contract get"],
    [["put", "sums"], "FOLDER or FILE is missing"],
    [["put", "sums", "whole.wasm", "--world", "one"], "--world is for WIT"],
  ])("says of %j what is wrong", async (args, words) => {
    expect(await contract(...args)).toMatchObject(bad(2, words));
  });
});
