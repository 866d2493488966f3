import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../host/cli/command-line.ts";
import { ask } from "../../host/cli/scaffold/prompts.ts";

/** Somebody who types the next line whenever the terminal waits for one. */
function terminal(...typed: string[]) {
  const input = new PassThrough();
  const output = new PassThrough();
  let shown = "";
  output.on("data", (chunk: Buffer) => {
    shown += chunk;
    if (!/(: |\] )$/.test(String(chunk))) return;
    const line = typed.shift();
    if (line === undefined) input.end();
    else input.write(`${line}\n`);
  });
  return { input, output, shown: () => shown };
}

describe("ask", () => {
  it("asks for what is missing, and takes names, numbers and Enter", async () => {
    const missing = { folder: undefined, template: undefined };
    const first = terminal("", "greet", "");
    expect(await ask(missing, first.input, first.output)).toEqual({ folder: "greet", template: "function" });
    const second = terminal("tick", "clokc", "2");
    expect(await ask(missing, second.input, second.output)).toEqual({ folder: "tick", template: "clock" });
    expect(second.shown()).toContain("Did you mean clock?");
    const third = terminal("interface");
    expect(await ask({ folder: "shop", template: undefined }, third.input, third.output)).toEqual({
      folder: "shop",
      template: "interface",
    });
  });

  it("asks nothing when all is given", async () => {
    const { input, output, shown } = terminal();
    expect(await ask({ folder: "a", template: "clock" }, input, output)).toEqual({
      folder: "a",
      template: "clock",
    });
    expect(shown()).toBe("");
  });

  it("ends when the input does", async () => {
    const { input, output } = terminal();
    await expect(ask({ folder: undefined, template: undefined }, input, output)).rejects.toThrow(UsageError);
  });
});
