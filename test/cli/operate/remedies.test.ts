/** Remedies of a host's errors, which it tells for whoever speaks HTTP, in the words of whoever reads them at a terminal. */
import { describe, expect, it } from "vitest";
import { HostError } from "../../../host/cli/remote/host-error.ts";
import { remedyHere } from "../../../host/cli/remote/host-remedy.ts";
import type { Problem } from "../../../host/errors.ts";
import { examplePath } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";
import { lineHere } from "./line-here.ts";

const host = await hostOfFile();
const environment = { HOTCELL_URL: host.url, HOTCELL_TOKEN: authorization.replace("Bearer ", "") };

const problem = (members: object) =>
  remedyHere(new HostError({ code: "bad-request", detail: "", ...members } as Problem));

describe("a remedy", () => {
  it.each([
    [
      "Keep what callers use, or upload with ?allow-breaking=true to replace it all the same.",
      "Keep what callers use, or deploy with --allow-breaking to replace it all the same.",
    ],
    [
      'Raise it: PATCH /plugins/shop with {"limits":{"fuel":2}} (in code: configure("shop", { limits })).',
      `Raise it: hotcell set shop '{"limits":{"fuel":2}}'.`,
    ],
    [
      'Deploy it again: PUT /plugins/shop, or registry.deploy("shop", …) in code.',
      "Deploy it again: hotcell deploy FILE.wasm shop.",
    ],
    [
      'List them with GET /plugins/shop/versions, or registry.versions("shop") in code.',
      "List them with hotcell history shop.",
    ],
    [
      "Upload shop again first: GET /plugins/shop says what is damaged.",
      "Upload shop again first: hotcell show shop says what is damaged.",
    ],
    [
      "Call again; in code, look the function up anew: await registry.callable(name, …), or call by registry.callJson(name, …), which does.",
      "Call again.",
    ],
    [
      "Look at it with GET /contracts/discount (hotcell contract show discount), then put yours again.",
      "Look at it with hotcell contract show discount, then put yours again.",
    ],
    [
      "GET /contracts lists them (hotcell contract list); an admin puts one with hotcell contract put.",
      "hotcell contract list lists them; an admin puts one with hotcell contract put.",
    ],
    [
      "Export what GET /contracts/discount/wit?version=2 shows (hotcell contract check discount@2 FILE.wasm).",
      "Export what hotcell contract show discount@2 shows (hotcell contract check discount@2 FILE.wasm).",
    ],
    [
      "What ended the calls: GET /plugins/shop/traps at that host (in code: traps).",
      "What ended the calls: hotcell traps shop --url URL, with the URL of that host.",
    ],
    ["List them with hotcell token list or GET /tokens.", "List them with hotcell token list."],
    [
      "Close some, or read the events of several plugins from one: GET /events?plugin=a&plugin=b.",
      "Close some, or read the events of several plugins from one: hotcell events a b.",
    ],
    [
      "Send it with ?allow-breaking=true&breaks=cart to go on.",
      "Do it with --allow-breaking --breaks cart to go on.",
    ],
    // Nothing is put into other words that is none of the API's.
    [
      "Call its functions: POST /call/shop/…, or visit /plugins/shop.",
      "Call its functions: hotcell call shop …, or visit /plugins/shop.",
    ],
  ])("%j is told as %j", (remedy, told) => {
    expect(problem({ remedy })).toBe(told);
  });

  it("has names that a shell takes as they are meant, and none that is no text", () => {
    expect(problem({ code: "import-not-granted", grants: ["clocks", "a b; rm -rf ~"] })).toBe(
      "Grant it: --grant clocks --grant 'a b; rm -rf ~'; or with settings of its own: --grant NAME='{…}'.",
    );
    expect(problem({ code: "import-not-granted", grants: 5, remedy: 6 })).toBeUndefined();
    expect(problem({ code: "of-a-newer-host", remedy: "Wait." })).toBe("Wait.");
  });
});

describe("an option that a remedy names", () => {
  it.each([
    ["deploy", examplePath("friendly-time-v1"), "time"],
    ["deploy", examplePath("greet"), "time"],
    ["rm", "time"],
  ])("does what it says: hotcell %s", async (...line) => {
    const refused = await lineHere(line, environment);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    const [option = ""] = /--[a-z-]+(?: (?=clocks)[\w-]+)?/.exec(refused.stderr) ?? [];
    expect(await lineHere([...line, ...option.split(" ")], environment)).toMatchObject({
      code: 0,
      stderr: "",
    });
  });
});
