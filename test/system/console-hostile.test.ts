/** Names and values of others in the console: whatever the API takes, it is text, and looks like what it is. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { packageDocs, withSections } from "../component/custom-sections.ts";
import { logger, sample } from "../guests/small-plugins.ts";
import { hasBrowser } from "./browser.ts";
import { consoleOfFile, expectToFit } from "./console-browser.ts";

const markup = `</pre><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
const piled = `e${"\u0301".repeat(40)}`;
/** All that a token's name may have in it. */
const name = `<img src=x onerror="document.title='taken'"> שלום ${piled}`;
const evil = `${markup} \u202eturned\u202c\u2066 \u001b[31mred\u001b[0m \u200b\u00ad\ufeff\r ${piled} ${"w".repeat(300)}`;

/** Characters that act, by where they stand: in text, in what is read out, in the title. */
const acting = `(() => {
  const acts = /[[\\p{Cc}\\p{Bidi_C}\\u00ad\\u200b\\ufeff]--[\\t\\n]]|\\p{M}{7}/v;
  const found = acts.test(document.title) ? [document.title] : [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE && acts.test(node.data)) found.push(node.data);
    for (const { name, value } of node.attributes ?? []) if (name !== "value" && acts.test(value)) found.push(name + ": " + value);
    if (/^(SCRIPT|IFRAME|STYLE|IMG)$/.test(node.tagName) && node.closest("main, dialog, .toasts")) found.push(node.outerHTML);
  }
  return found;
})()`;

async function expectHarmless(page: Page, place: string): Promise<void> {
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    expect({ place, found: await page.evaluate(acting) }).toEqual({ place, found: [] });
    await expectToFit(page);
  }
}

describe.runIf(hasBrowser)("names and values of others in the console", () => {
  const at = consoleOfFile(async ({ host, registry, tokens, call }) => {
    const docs = { worlds: { root: { docs: evil, func_exports: { add: evil, echo: evil } } } };
    const sections = [
      ["package-docs", packageDocs(docs)],
      ["component-name", evil],
      ["description", evil],
      ["version", evil],
    ] as const;
    const settings = { grants: { kv: true }, env: { [evil]: evil, hidden: { secret: evil } } };
    const files = new Map([[`${evil.replaceAll(/[\p{Cc}/\\]|w+/gu, "")}.txt`, Buffer.from("x")]]);
    const version = (n: number) => withSections(sample({ version: n }), [...sections]);
    await registry.deploy("hostile", version(1), { settings, files, who: evil });
    const checks = { calls: [{ call: "echo", args: [evil], returns: `${evil}!` }] };
    await registry.deploy("hostile", version(2), { checks }).catch(() => {});
    checks.calls[0]!.returns = evil;
    await registry.deploy("hostile", version(2), { checks, who: evil });
    await registry.deploy("chatty", logger(), { grant: ["logging"] });
    await registry.contracts.put("held", sample(), { plugins: ["*tile"], who: evil });
    await tokens.create({ name, scopes: ["read"], plugins: ["host*"] }, evil);
    await host.registry.values("hostile").put("default", evil, Buffer.from(evil), { who: evil });
    await call("chatty/say", [evil]);
    await call("hostile/boom", []);
  });

  const enc = encodeURIComponent;
  const places = [
    ["/", "What changed"],
    ["/plugins", "hostile"],
    ["/plugins/hostile", "World"],
    ["/plugins/hostile/events", "created: revision 1"],
    ["/plugins/hostile/call/echo", "Examples"],
    ["/plugins/hostile/history", "Revision 2"],
    ["/plugins/hostile/settings", "Configuration"],
    ["/plugins/hostile/data", "default"],
    [`/plugins/hostile/data/default?key=${enc(`:${evil}`)}`, "Shown as"],
    ["/contracts", "*tile"],
    ["/events", "created: revision 1"],
    ["/tokens", "host*"],
    [`/plugins/${enc(evil)}`, "plugin-not-found"],
    [`/plugins/hostile/call/${enc(evil)}`, "Function"],
    [`/plugins/hostile/data/${enc(evil)}`, "bucket-not-found"],
    [`/upload?plugin=${enc(evil)}`, "Drop a component here"],
  ] as const;

  it("are text everywhere, in its place, and act on nothing", async () => {
    const { page, end } = await at.open("/");
    for (const [place, text] of places) {
      await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      await page.getByRole("main").getByText(text).filter({ visible: true }).first().waitFor();
      await expectHarmless(page, place);
    }
    await end();
  });

  it("are text in questions and messages", async () => {
    const { page, end } = await at.open("/tokens");
    const dialog = page.getByRole("dialog");
    const press = (button: RegExp | string) => page.getByRole("button", { name: button }).first().click();
    await press(/^Revoke/);
    await dialog.getByText("<img src=x").waitFor();
    await expectHarmless(page, "revoking a token");
    await dialog.getByRole("button", { name: "Revoke" }).click();
    await page.evaluate(`location.hash = "#/plugins/hostile/history"`);
    await press("Roll back");
    await dialog.getByText("What callers notice").waitFor();
    await expectHarmless(page, "rolling back");
    await page.keyboard.press("Escape");
    await page.evaluate(
      `location.hash = ${JSON.stringify(`/plugins/hostile/data/default?key=${enc(`:${evil}`)}`)}`,
    );
    await press("Delete");
    await dialog.getByText("<img src=x").waitFor();
    await expectHarmless(page, "deleting a key");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Deleted.").waitFor();
    await expectHarmless(page, "a key is deleted");
    await end();
  });
});
