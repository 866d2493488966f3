/** The service for systemd, as systemd's own tools judge it. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { serverOptions } from "../../host/cli/server/server-options.ts";
import { root } from "../support/cli.ts";

describe.skipIf(inject("missing").includes("systemd-analyze"))("deploy/hotcell.service", () => {
  let folder: string;
  let unit: string;
  let text: string;
  beforeAll(async () => {
    text = await readFile(join(root, "deploy/hotcell.service"), "utf8");
    folder = await mkdtemp(join(tmpdir(), "hotcell-unit-"));
    unit = join(folder, "hotcell.service");
    // What is started has to be there, and be a program.
    await writeFile(unit, text.replaceAll("/opt/hotcell/node_modules/.bin/node", process.execPath));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const analyze = (...args: string[]) =>
    spawnSync("systemd-analyze", ["--no-pager", "--man=no", ...args, unit], { encoding: "utf8" });

  it("has no setting that systemd does not know", () => {
    const { status, stdout, stderr } = analyze("verify");
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("is rated as well as deploy/README.md says", async () => {
    const [, rate] =
      /rates it (\d+\.\d) of 10/.exec(await readFile(join(root, "deploy/README.md"), "utf8")) ?? [];
    const { status, stdout } = analyze("security", "--offline=true", `--threshold=${Number(rate) * 10}`);
    expect(status, stdout).toBe(0);
  });

  it("tells the host what it knows", () => {
    const [, line = ""] = /^Environment=(.*)$/m.exec(text) ?? [];
    const variables = Object.fromEntries(line.split(" ").map((each) => each.split("=") as [string, string]));
    const options = serverOptions(variables);
    expect(options).toMatchObject({ data: "/var/lib/hotcell", host: "127.0.0.1" });
    expect(text).toContain("\nStateDirectory=hotcell\n");
    const [, memory] = /^MemoryMax=(\d+)G$/m.exec(text)!;
    expect((options.cellMemory! + options.processMemory!) / 2 ** 30).toBeLessThan(Number(memory));
  });
});
