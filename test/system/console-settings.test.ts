/** Settings by the console in a real browser: planned, applied, taken back, and somebody else quicker. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { hasBrowser } from "./browser.ts";
import { consoleOfFile } from "./console-browser.ts";

describe.runIf(hasBrowser)("settings by the console", () => {
  const at = consoleOfFile();

  const deployed = async (name: string, settings = {}) => {
    await at.host.registry.deploy(name, await readFile("build/greet.wasm"), { settings });
    return at.open(`/plugins/${name}/settings`);
  };
  const asked = (name: string) => at.host.registry.details(name).asked;

  it("are planned, applied and taken back", async () => {
    const { page, end } = await deployed("greet", { limits: { queue: 5 } });
    await page.getByLabel("Mode").selectOption("fresh");
    await page.getByText("reading the wall clock").waitFor();
    // What takes more than a tick begins with an example, and the host's ceilings are told.
    await page.getByRole("checkbox", { name: /^http/ }).check();
    expect(await page.getByLabel("Settings of the grant http, as JSON").inputValue()).toContain("allow");
    await page.getByRole("checkbox", { name: /^http/ }).uncheck();
    await page.getByLabel("clocks").check();
    await page.getByLabel("Settings of the grant clocks, as JSON").fill('{"resolution":5}');
    await page.getByLabel("Requests", { exact: true }).fill("10");
    await page.getByText("Limits (1 asked for)").click();
    await page.getByRole("row", { name: /^memory .* 65,536 … / }).waitFor();
    await page.getByLabel("queue").fill("");
    await page.getByLabel("Name of another value").fill("GREETING");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByLabel("GREETING", { exact: true }).fill("hush");
    await page.getByLabel("GREETING is a secret").check();
    await page.getByRole("button", { name: "Show what changes" }).click();
    await page.getByRole("heading", { name: "This would change" }).waitFor();
    const plan = await page.locator("section.card").textContent();
    for (const path of ["mode", "grants.clocks", "env.GREETING", "limits.queue", "rate"])
      expect(plan).toContain(path);
    expect(plan).not.toContain("hush");
    expect(asked("greet")).toEqual({ limits: { queue: 5 } });
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Settings hold: revision 2.").waitFor();
    expect(asked("greet")).toEqual({
      mode: "fresh",
      grants: { clocks: { resolution: 5 } },
      rate: { requests: 10 },
      env: { GREETING: { secret: true } },
    });
    // A secret keeps its value where nobody writes another one.
    await page.getByLabel("Access").selectOption("token");
    await page.getByRole("button", { name: "Show what changes" }).click();
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Settings hold: revision 3.").waitFor();
    await page.getByRole("button", { name: "Undo" }).last().click();
    await expect.poll(() => asked("greet").access).toBe(undefined);
    expect(asked("greet").env).toEqual({ GREETING: { secret: true } });
    await end();
  });

  it("are refused with the host's words, and take leave to lose state", async () => {
    await at.host.registry.deploy("counter", await readFile("build/counter.wasm"));
    await at.host.registry.callJson("counter", "increment", [5]);
    const { page, end } = await at.open("/plugins/counter/settings");
    await page.getByText("Limits", { exact: true }).click();
    await page.getByLabel("fuel", { exact: true }).fill("99999999999999");
    await page.getByRole("button", { name: "Show what changes" }).click();
    await page.getByText("limits.fuel").first().waitFor();
    await page.getByRole("button", { name: "Take back" }).click();
    await page.getByLabel("Mode").selectOption("fresh");
    await page.getByRole("button", { name: "Show what changes" }).click();
    await page.getByLabel("Lose the state that the plugin holds in memory").check();
    await page.getByRole("button", { name: "Plan again" }).click();
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Settings hold: revision 2.").waitFor();
    expect(asked("counter")).toEqual({ mode: "fresh" });
    await end();
  });

  it("say what somebody else has changed meanwhile, and go on from there", async () => {
    const { page, end } = await deployed("both");
    await page.getByLabel("Other settings, as JSON").fill('{"mcp":true}');
    await page.getByRole("button", { name: "Show what changes" }).click();
    await page.getByRole("heading", { name: "This would change" }).waitFor();
    await at.host.registry.configure("both", { limits: { queue: 7 } }, { who: "ada" });
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("heading", { name: "Somebody else was quicker" }).waitFor();
    const told = await page.locator("section.card").textContent();
    expect(told).toContain("ada");
    expect(told).toContain("limits.queue");
    expect(asked("both")).toEqual({ limits: { queue: 7 } });
    await page.getByRole("button", { name: "Plan again" }).click();
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("Settings hold: revision 3.").waitFor();
    expect(asked("both")).toEqual({ limits: { queue: 7 }, mcp: true });
    await end();
  });
});
