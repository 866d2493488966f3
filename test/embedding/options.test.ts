import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { serverOptions } from "../../host/cli/server/server-options.ts";
import { createHost, type Host } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { open } from "../../host/open.ts";
import { parseChecks } from "../../host/registry/deploy/checks.ts";
import { sample } from "../guests/small-plugins.ts";
import { examplePath, exampleWasm } from "../support/examples.ts";
import { refusal, refusalOf } from "../support/thrown.ts";

const host = await createHost();
afterAll(() => host.close());
const greet = exampleWasm("greet");

/** Calls as a program in JavaScript makes them, where no compiler looks first. */
// biome-ignore lint/suspicious/noExplicitAny: that is what they give.
type Anything = any;
const doors: Record<string, (options: Anything) => unknown> = {
  createHost: (options) => createHost(options),
  open: (options) => open(greet, options),
  pluginRoutes: (options) => pluginRoutes(host, options),
  deploy: (options) => host.registry.deploy("p", greet, options),
  configure: (options) => host.registry.configure("p", {}, options),
  rollback: (options) => host.registry.rollback("p", undefined, options),
  remove: (options) => host.registry.remove("p", options),
};
const refused = (door: string, options: unknown) => refusalOf((async () => doors[door]!(options))());

describe("an option that nobody knows", () => {
  it.each([
    ["createHost", { keepVersion: 3 }, "Did you mean keepVersions?"],
    ["createHost", { dataDir: "x" }, "Did you mean data?"],
    ["createHost", { "keep-versions": 3 }, "Did you mean keepVersions?"],
    ["createHost", { frobnicate: 1 }, "It takes: data, waitForData, signal, keepVersions, ceilings"],
    ["createHost", { ceilings: { memroy: 5 } }, "Did you mean memory?"],
    ["open", { grant: { clocks: true } }, "Did you mean grants?"],
    ["open", { import: {} }, "Did you mean imports?"],
    ["open", { limits: { memori: 5 } }, "Did you mean memory?"],
    ["open", { grants: { clock: true } }, "Did you mean clocks? Grant one of: clocks, random, logging, "],
    ["open", { grants: { clocks: { resolutoin: 1 } } }, "Did you mean resolution?"],
    ["open", { env: {} }, "It takes: grants, imports, mode, limits, engine, watch, log."],
    ["pluginRoutes", { tokens: "x" }, "Did you mean token?"],
    ["pluginRoutes", { allowHosts: [] }, "Did you mean allowedHosts?"],
    ["pluginRoutes", { limits: { uploads: 5 } }, "upload"],
    ["deploy", { grants: { clocks: true } }, "Did you mean grant?"],
    ["deploy", { dryrun: true }, "Did you mean dryRun?"],
    ["deploy", { settings: { plcement: "process" } }, "Did you mean placement?"],
    ["deploy", { checks: { calls: [{ cal: "x" }] } }, "Call it so: it is there as cal."],
    ["configure", { allowBreaking: true }, "It takes: ifRevision"],
    ["rollback", { dryRun: true }, "It takes: ifRevision"],
    ["remove", { ifRevison: 1 }, "Did you mean ifRevision?"],
  ])("%s %j", async (door, options, said) => {
    const { code, facts } = await refused(door, options);
    expect(code).toBe("bad-settings");
    expect(facts.remedy).toContain(said);
  });
});

describe("an option of a wrong type", () => {
  it.each([
    ["createHost", { data: 5 }, "data of createHost must be a string that is not empty, but is 5."],
    ["createHost", { data: "" }, "but is an empty string."],
    ["createHost", { keepVersions: 0 }, "a whole number of versions from 1 up, but is 0."],
    ["createHost", { keepVersions: "20" }, "but is a string."],
    ["createHost", { waitForData: -1 }, "a whole number of milliseconds from 0 up"],
    ["createHost", { log: "console" }, "must be a function, but is a string."],
    ["createHost", { signal: new AbortController() }, "must be an AbortSignal, but is an object."],
    ["createHost", { ceilings: { memory: "64M" } }, "memory of the ceilings of createHost must be"],
    ["createHost", { ceilings: [] }, "must be an object, but is an array."],
    ["createHost", { cells: 1.5 }, "but is 1.5."],
    ["createHost", "data", "The options of createHost must be an object, but are a string."],
    ["open", { mode: "Fresh" }, '"shared" or "fresh"'],
    ["open", { engine: "wasmtime" }, '"direct" or "jco"'],
    ["open", { grants: ["clocks"] }, "must be an object, but is an array."],
    ["open", { grants: { clocks: "yes" } }, "must be true, false or an object"],
    ["open", { limits: { memory: 5 * 2 ** 30 } }, "limits.memory must be <=4294967296, but is 5368709120."],
    ["open", { limits: { memory: "64M" } }, "limits.memory must be number"],
    ["open", { limits: { logBytes: 5 } }, "limits.logBytes is a limit of plugins that a host has deployed."],
    ["open", { log: console }, "must be a function"],
    ["open", null, "but are null."],
    ["pluginRoutes", { token: 5 }, "token of pluginRoutes must be a string"],
    ["pluginRoutes", { privateCalls: "true" }, "must be true or false, but is a string."],
    ["pluginRoutes", { cors: ["*"] }, "an array of origins"],
    ["pluginRoutes", { cors: "https://a.example" }, "an array of origins"],
    ["pluginRoutes", { allowedHosts: "a.example" }, "an array of strings"],
    ["pluginRoutes", { closing: true }, "an AbortSignal"],
    ["deploy", { grant: "clocks" }, "an array of strings"],
    ["deploy", { dryRun: 1 }, "true or false"],
    ["deploy", { settings: { mode: "Fresh" } }, "settings.mode must be"],
    ["configure", { ifRevision: "3" }, 'a revision, an array of them, or "any"'],
  ])("%s %j", async (door, options, said) => {
    const { code, message, facts } = await refused(door, options);
    expect(code).toBe("bad-settings");
    expect(message).toContain(said);
    expect(facts.remedy).toBeTruthy();
  });

  it("is not shown, for it may be a secret", async () => {
    for (const [door, options] of [
      ["pluginRoutes", { tokn: "hunter2" }],
      ["pluginRoutes", { privateCalls: "hunter2" }],
    ] as const) {
      expect(JSON.stringify((await refused(door, options)).toProblem())).not.toContain("hunter2");
    }
  });

  it("may be undefined, which is to leave it out", async () => {
    await (await createHost({ keepVersions: undefined, log: undefined } as object)).close();
    await (await open(greet, { grants: undefined, limits: { memory: undefined } } as object)).close();
  });
});

describe("what is given beside options", () => {
  it("to open is a path, a file URL, or bytes in either form", async () => {
    const { buffer } = new Uint8Array(greet);
    const url = pathToFileURL(examplePath("greet"));
    for (const source of [examplePath("greet"), url, url.href, greet, buffer])
      await (await open(source)).close();
    for (const [source, said] of [
      [5, "but got a number."],
      [undefined, "but got undefined."],
      [new URL("https://plugins.example/greet.wasm"), "but got the URL https://plugins.example/greet.wasm."],
      ["https://plugins.example/greet.wasm", "but got the URL https://plugins.example/greet.wasm."],
      [Promise.resolve(greet), "but got a promise."],
      [new Blob([new Uint8Array(greet)]), "but got an object."],
    ] as const) {
      expect((await refusalOf(open(source as Anything))).message).toContain(said);
    }
  });

  it("to pluginRoutes is a host, and not the promise of one", async () => {
    const promised = createHost();
    expect(refusal(() => pluginRoutes(promised as unknown as Host)).facts.remedy).toBe(
      "Await the promise first.",
    );
    await (await promised).close();
    expect(refusal(() => pluginRoutes({} as Host)).message).toContain("must be what createHost gives");
  });

  it("to lookup, as and the registry is text", async () => {
    await using plugin = await open(greet);
    expect(refusal(() => plugin.lookup(5 as Anything)).message).toContain("must be a string");
    const symbol = plugin.lookup("greet");
    expect(refusal(() => symbol.as(undefined as Anything)).message).toContain("must be a WIT function type");
    for (const call of [
      () => host.registry.callJson("p", undefined as Anything),
      () => host.registry.callJson(5 as Anything, "greet"),
      async () => host.registry.callable("p", {} as Anything),
      () => host.registry.rollback("p", { to: "x" } as Anything),
    ]) {
      expect((await refusalOf(call())).message).toContain("must be a string that is not empty");
    }
    expect((await refusalOf(host.registry.deploy("P", greet))).facts.remedy).toContain("such as p.");
    expect((await refusalOf(host.registry.deploy("p", "greet.wasm" as Anything))).message).toContain(
      "must be a component's bytes",
    );
  });
});

describe("a setting", () => {
  it.each([
    [{ mode: "Fresh" }, "Did you mean fresh?"],
    [{ engine: "dircet" }, "Did you mean direct?"],
    [{ placement: "proces" }, "Did you mean process?"],
    [{ placement: "elsewhere" }, `Give "inline" or "process".`],
    [{ Mode: "fresh" }, "Did you mean mode?"],
    [
      { frobnicate: 1 },
      "Remove it; there is grants, mode, engine, env, placement, limits, access, rate, routes, schedule, linkable, contract, mcp, source, state, rollout.",
    ],
    [{ limits: { "result-bytes": 1 } }, "Did you mean resultBytes or requestBytes?"],
    [{ limits: { zzz: 1 } }, "Remove it; there is memory, tableElements"],
  ])("%j", async (settings: object, said) => {
    const { facts } = await refusalOf(host.registry.deploy("s", sample(), { settings }));
    expect(facts.remedy).toContain(said);
  });

  it("is suggested inside lists too", () => {
    expect(refusal(() => parseChecks({ calls: [{ call: "a" }, { call: "b", retruns: 1 }] }))).toMatchObject({
      message: "calls.json.calls.1.retruns is not a known setting.",
      facts: { remedy: "Did you mean returns?" },
    });
  });
});

describe("a variable that is spelt wrongly", () => {
  it.each([
    ["HOTCELL_PRIVATE_CALL", "Did you mean HOTCELL_PRIVATE_CALLS?"],
    ["HOTCELL_ADMIN_TOKEN", "Did you mean HOTCELL_TOKEN or HOTCELL_ADMIN?"],
    ["HOTCELL_DATA_DIR", "Did you mean HOTCELL_DATA?"],
    ["hotcell_token", "Did you mean HOTCELL_TOKEN?"],
  ])("%s", (name, said) => {
    const { code, message, facts } = refusal(() => serverOptions({ [name]: "hunter2" }));
    expect(code).toBe("bad-settings");
    expect(facts.remedy).toContain(said);
    expect(message + JSON.stringify(facts)).not.toContain("hunter2");
  });

  it("is let be where it is like none of Hotcell's", () => {
    const others = {
      HOTCELL_URL: "x",
      HOTCELL_PORT: "tcp://10.0.0.1:80",
      HOTCELL_SERVICE_HOST: "10.0.0.1",
      HOTCELL_PORT_8787_TCP: "x",
      PATH: "x",
    };
    expect(serverOptions(others)).toEqual(serverOptions({}));
  });
});
