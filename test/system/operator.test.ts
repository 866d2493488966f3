/** The command line as somebody at a terminal has it: questions, the view of `hotcell top`, completion by Tab. */
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { logger } from "../guests/small-plugins.ts";
import { root } from "../support/cli.ts";
import { examplePath, exampleWasm } from "../support/examples.ts";
import { authorization, startTestHost, type TestHost } from "../support/test-host.ts";
import { hasTerminal, Terminal } from "./terminal.ts";

const token = authorization.replace("Bearer ", "");

describe.runIf(hasTerminal)("hotcell in a terminal", () => {
  let host: TestHost;
  let home: string;
  let environment: Record<string, string>;
  beforeAll(async () => {
    host = await startTestHost();
    home = await mkdtemp(join(tmpdir(), "hotcell-terminal-"));
    const bin = join(home, "bin");
    await mkdir(bin);
    const program = `#!/bin/sh\nexec ${process.execPath} ${join(root, "host/cli/hotcell.mjs")} "$@"\n`;
    await writeFile(join(bin, "hotcell"), program);
    await chmod(join(bin, "hotcell"), 0o755);
    environment = {
      HOME: home,
      PATH: `${bin}:/usr/bin:/bin`,
      HOTCELL_URL: host.url,
      HOTCELL_TOKEN: token,
      NODE_COMPILE_CACHE: join(root, "node_modules/.cache/hotcell-tests"),
    };
    await host.put("greet", exampleWasm("greet"));
  });
  afterAll(async () => {
    await host?.close();
    if (home) await rm(home, { recursive: true });
  });

  const open = (shell?: readonly string[]) => Terminal.open(100, 30, environment, shell);

  it("shows a plan, and asks before it grants and before it breaks callers", async () => {
    await using terminal = await open();
    await terminal.type(`hotcell deploy ${examplePath("friendly-time-v1")} time`, "Enter");
    await terminal.shows(/Grant it clocks\?/);
    await terminal.type("y");
    const live = await terminal.shows(/live: time revision 1[\s\S]*READY>$/m);
    expect(live).toMatch(
      /plan: time would be revision 1[\s\S]*grants\.clocks: nothing → true[\s\S]*live: time/,
    );
    await terminal.type("clear", "Enter");
    await terminal.type(`hotcell deploy ${examplePath("greet")} time; echo "ended with $?"`, "Enter");
    const asked = await terminal.shows(/Replace it all the same\?/);
    expect(asked).toContain("Breaking (1): calls that work today would fail.");
    // Enter alone is a no.
    await terminal.type("", "Enter");
    await terminal.shows(/ended with 3/);
    expect(host.registry.revision("time")).toBe(1);
    await terminal.type("clear; hotcell rm time", "Enter");
    await terminal.shows(/Remove time from http/);
    await terminal.type("", "C-c");
    await terminal.shows(/Nothing was removed\./);
    expect(host.registry.revision("time")).toBe(1);
  });

  it("shows how far a large upload has come, and nothing of that to a pipe", async () => {
    await using terminal = await open();
    // A custom section that says nothing makes it large.
    const padding = Buffer.concat([
      Buffer.from([0, 0x86, 0x80, 0x80, 0x01, 1, 0x70]),
      Buffer.alloc(2 ** 21 + 4),
    ]);
    await writeFile(join(home, "big.wasm"), Buffer.concat([exampleWasm("greet"), padding]));
    await terminal.type("hotcell deploy big.wasm", "Enter");
    const screen = await terminal.shows(/live: big revision 1/);
    expect(screen).toMatch(/^[◆◇] {2}Sending big\.wasm$/m);
    await terminal.type("clear; hotcell deploy big.wasm again 2>&1 | cat; echo over", "Enter");
    expect(await terminal.shows(/^over$/m)).not.toContain("Sending");
  });

  it("takes a token without showing it, and keeps it", async () => {
    await using terminal = await open();
    await terminal.type(`unset HOTCELL_URL HOTCELL_TOKEN; hotcell login ${host.url} --name here`, "Enter");
    await terminal.shows(/Token for http/);
    await terminal.type(token, "Enter");
    expect(await terminal.shows(/Logged in to http:\S+ as here, with a token\./)).not.toContain(token);
    await terminal.type("clear; hotcell token list", "Enter");
    await terminal.shows(/There are no tokens besides the admin's own\./);
  });

  it("asks what a new plugin is to be, and makes nothing where that is left", async () => {
    await using terminal = await open();
    await terminal.type("hotcell new --no-build", "Enter");
    await terminal.shows(/Name of the plugin/);
    await terminal.type("", "Enter");
    await terminal.shows(/It can't be empty\./);
    await terminal.type("tick", "Enter");
    await terminal.shows(/● function/);
    await terminal.type("", "Down", "Enter");
    expect(await terminal.shows(/npx hotcell test/)).toMatch(/^A plugin that /m);
    expect(await readFile(join(home, "tick/wit/world.wit"), "utf8")).toContain("wasi:clocks");
    await terminal.type("clear; hotcell new other", "Enter");
    await terminal.shows(/● function/);
    await terminal.type("", "C-c");
    await terminal.shows(/Nothing was done\./);
    await expect(access(join(home, "other"))).rejects.toThrow("ENOENT");
  });

  it("watches plugins until Ctrl-C, at any size, and leaves the terminal as it was", async () => {
    await using terminal = await open();
    await terminal.type("echo what stood here; hotcell top --every 0.2", "Enter");
    await terminal.shows(/^greet +\d/m);
    for (let calls = 0; calls < 20; calls++) await host.call("greet/greet", ["Ada"]);
    const screen = await terminal.shows(/^greet .*█/m);
    const lines = screen.split("\n");
    expect(lines[0]).toBe(`hotcell top  ${host.url}`);
    expect(lines[1]).toMatch(
      /^\d+ plugins {2}[\d.,]+ calls\/s {2}0 errors\/s {2}0 traps\/s {2}\d+ in flight/,
    );
    expect(lines[3]).toMatch(/^NAME +CALLS\/S +ERRORS\/S +TRAPS\/S +P95 +MEMORY +LATELY$/);
    expect(lines[29]).toMatch(/^by calls {3}c calls .* \/ filter {2}q quits$/);
    expect(screen).not.toContain("what stood here");
    await terminal.type("n");
    await terminal.shows(/^by name /m);
    await terminal.resize(60, 10);
    const small = await terminal.shows(/^(?:.*\n){9}by name /);
    expect(small.split("\n").every((line) => [...line].length <= 60)).toBe(true);
    await terminal.type("", "C-c");
    await terminal.shows(/what stood here\n(?:.*\n)*READY>/);
    await terminal.type("stty -a | grep -o ' icanon\\| echo '; echo typed", "Enter");
    expect(await terminal.shows(/^typed$/m)).toMatch(/^ icanon\n echo\ntyped$/m);
  });

  it("has many plugins on a small screen: sorted, filtered by a part of their names, gone through by keys", async () => {
    const wasm = exampleWasm("greet");
    const names = Array.from(
      { length: 60 },
      (_, i) => `t42-${`${i}`.padStart(2, "0")}-of-a-tenant-with-a-long-name`,
    );
    for (const name of names) await host.put(name, wasm);
    await using terminal = await Terminal.open(80, 24, environment);
    await terminal.type("hotcell top --every 0.2", "Enter");
    await terminal.shows(/^t42-00-of-a-tenant-with… +\d/m);
    await terminal.type("n");
    const first = await terminal.shows(/^1-19 of \d+ {3}by name /m);
    expect(first.split("\n").every((line) => [...line].length <= 80)).toBe(true);
    await terminal.type("", "NPage");
    expect(await terminal.shows(/^20-38 of /m)).not.toContain("t42-00");
    await terminal.type("", "Up");
    await terminal.shows(/^19-37 of /m);
    await terminal.type("/T42-5");
    expect(await terminal.shows(/^name has: T42-5_ {3}Enter keeps it/m)).toMatch(/^t42-50-/m);
    await terminal.type("", "Enter");
    // A letter of the filter is one, and no order any more.
    expect(await terminal.shows(/^name has T42-5 {3}by name/m)).not.toMatch(/^t42-0/m);
    await terminal.type("", "Escape");
    await terminal.shows(/^1-19 of \d+ {3}by name/m);
    await terminal.type("q");
    await terminal.shows(/READY>$/m);
    for (const name of names) await host.send("DELETE", `/plugins/${name}`);
  });

  it("goes on where the host is away for a while", async () => {
    const other = await startTestHost();
    await using terminal = await open();
    await terminal.type(`hotcell top --every 0.2 --url ${other.url}`, "Enter");
    await terminal.shows(/There are no plugins\./);
    await other.close();
    await terminal.shows(/does not answer\. Trying again\./);
    await terminal.type("q");
    await terminal.shows(/READY>$/m);
  });

  it("lets nothing that a plugin logs act on the terminal", async () => {
    await host.put("chatty", logger(), "?grant=logging");
    await host.call("chatty/say", ["\u001b]0;taken\u0007\u001b[2J\u001b[1;1Htaken\rall is well\u202e"]);
    await using terminal = await open();
    await terminal.type("echo before; hotcell logs -f chatty", "Enter");
    const screen = await terminal.shows(/all is well/);
    expect(screen).toContain("before");
    expect(screen.replaceAll("\n", "")).toContain(
      "\\u{1b}]0;taken\\u{7}\\u{1b}[2J\\u{1b}[1;1Htaken\\u{d}all is well\\u{202e}",
    );
    await host.call("chatty/say", ["another line"]);
    await terminal.shows(/another line/);
    await terminal.type("", "C-c");
    await terminal.shows(/READY>$/m);
  });

  const shells = [
    { name: "bash", shell: ["bash", "--norc", "--noprofile"], begin: 'eval "$(hotcell completion bash)"' },
    {
      name: "zsh",
      shell: ["zsh", "-f"],
      begin: 'autoload -U compinit; compinit -u; eval "$(hotcell completion zsh)"',
    },
    { name: "fish", shell: ["fish", "--no-config"], begin: "hotcell completion fish | source" },
  ].filter(({ name }) => !inject("missing").includes(name));
  it.each(shells)("completes by Tab in $name", async ({ shell, begin }) => {
    await using terminal = await open(shell);
    await terminal.type(begin, "Enter");
    await terminal.type("clear; echo loaded", "Enter");
    await terminal.shows(/^loaded$/m);
    await terminal.type("hotcell roll", "Tab");
    await terminal.shows(/hotcell rollback/);
    await terminal.type("gr", "Tab");
    await terminal.shows(/hotcell rollback greet/);
    await terminal.type("--br", "Tab");
    await terminal.shows(/hotcell rollback greet --breaks/);
    // What was typed is not carried out.
    await terminal.type("", "C-u");
    await terminal.type(`hotcell show "$(touch ${home}/carried-out)" > ${home}/emptied gr`, "Tab");
    await terminal.type("", "C-u");
    await terminal.type(`ls ${home}; echo listed`, "Enter");
    const listed = await terminal.shows(/^listed$/m);
    expect(listed.slice(listed.lastIndexOf("echo listed"))).not.toMatch(/carried-out|emptied/);
    // Files where a file is meant.
    await writeFile(join(home, "wasm-of-the-test.wasm"), "");
    await terminal.type("hotcell deploy wasm-of-t", "Tab");
    await terminal.shows(/hotcell deploy wasm-of-the-test\.wasm/);
  });
});
