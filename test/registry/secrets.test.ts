import { afterEach, describe, expect, it } from "vitest";
import type { LogLine } from "../../host/backends/log/log-line.ts";
import { createHost, type Host } from "../../host/host.ts";
import type { SettingsInput } from "../../host/registry/settings/settings.ts";
import { blabber } from "../guests/blabber.ts";
import { awake } from "../support/hosts.ts";
import { until } from "../support/processes.ts";

const wasm = await blabber();

const key = "correct horse battery staple";
const settings = { grants: { logging: true }, env: { "x-key": { secret: key }, shown: "plain" } };
const hosts: Host[] = [];
const lines: LogLine[] = [];

afterEach(async () => {
  lines.length = 0;
  for (const host of hosts.splice(0)) await host.close();
});

const limits = { logBytes: 10_000_000 };

async function deployed(
  placement: "inline" | "process" = "inline",
  env: SettingsInput["env"] = {},
): Promise<Host> {
  const host = await createHost({ log: (line) => lines.push(line) });
  hosts.push(host);
  const given = { ...settings, placement, limits, env: { ...settings.env, ...env } };
  await host.registry.deploy("blabber", wasm, { settings: given });
  return host;
}

const call = ({ registry }: Host, name: string, ...args: unknown[]) =>
  awake(registry.callable("blabber", name)).call(args);

/** What it is thrown when it does not go well. */
async function refused(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error("It went well.");
}

describe("a secret", () => {
  it("is in no answer about the plugin, and what is shown can be sent back", async () => {
    const host = await deployed();
    const { registry } = host;
    const { settings: shown } = registry.details("blabber");
    expect(shown.env).toEqual({ "x-key": { secret: true }, shown: "plain" });
    expect((await registry.deploy("blabber", wasm, { settings: { ...shown } })).outcome).toBe("unchanged");
    const sent = { env: { "x-key": { secret: true }, shown: "changed" } } as const;
    expect((await registry.configure("blabber", sent)).settings.env).toEqual(sent.env);
    expect(await call(host, "tell")).toBe(key);
    await call(host, "log-it");
    expect(lines.at(-1)).toMatchObject({ context: "[secret]", message: "told: [secret]" });
  });

  it("is asked for in words for people where what was read has no place", async () => {
    const error = await refused(
      (await deployed()).registry.configure("blabber", { env: { other: { secret: true } } }),
    );
    expect(error.message).toBe(
      'settings.env.other must be a string, or { "secret": a string }, but is Object.',
    );
  });

  it("counts as changed when it was rotated", async () => {
    const host = await deployed();
    const rotated = await host.registry.configure("blabber", { env: { "x-key": { secret: "another one" } } });
    expect(rotated).toMatchObject({ outcome: "swapped", revision: 2 });
    expect(await call(host, "tell")).toBe("another one");
    const given = { ...settings, env: { ...settings.env, "x-key": { secret: "another one" } } };
    expect((await host.registry.deploy("blabber", wasm, { settings: { ...given, limits } })).outcome).toBe(
      "unchanged",
    );
    await host.registry.configure("blabber", { env: { "x-key": "another one" } });
    expect(host.registry.details("blabber").settings.env).toEqual({ "x-key": "another one", shown: "plain" });
  });
});

describe.each(["inline", "process"] as const)("what a plugin says, %s", { timeout: 240_000 }, (placement) => {
  it("has no part of a secret when it aborts, wherever its words are cut", async () => {
    const host = await deployed(placement);
    const shown = 500;
    for (const before of [0, 1, shown - key.length, shown - 10, shown - 1, shown, shown + 1]) {
      const { message } = await refused(call(host, "abort-after", before));
      const dashes = "-".repeat(Math.min(before, shown));
      const mark = before <= shown - "[secret]".length ? "[secret]" : "";
      expect(message).toContain(`: ${dashes}${mark}`);
      expect(message).not.toMatch(/corr|orse|aple/);
    }
  });

  it("is searched before it is made presentable", async () => {
    const odd = "tab\tand  two\nand\u202edirection";
    const host = await deployed(placement, {
      "x-key": { secret: odd },
      "x-other": { secret: 'quo"ted\\key' },
    });
    const { message } = await refused(call(host, "abort-after", 0));
    expect(message).toContain("[secret] | [secret] (");
    expect(message).not.toMatch(/tab|two|direction|quo|ted/);
  });

  it("has no part of a secret in its output, wherever lines are cut and in how many writes they come", async () => {
    const host = await deployed(placement);
    const shown = 8192;
    for (const before of [0, shown - key.length, shown - 10, shown - 1, shown, 2 * shown - 10, 2 * shown - 1])
      for (const writes of [1, 7, 97]) await call(host, "print-after", before, writes);
    // What a process logs arrives before what it answers.
    const messages = lines.map(({ message }) => message);
    expect(messages).toHaveLength(21);
    expect(messages[0]).toBe(`[secret]${"+".repeat(100)}`);
    const cut = `${"-".repeat(shown - 10)}[secret]++… (98 more characters)`;
    expect(messages.slice(6, 9)).toEqual([cut, cut, cut]);
    for (const message of messages) expect(message).not.toMatch(/corr|orse|aple/);
  });

  it.each([
    ["init", "err", "init-failed"],
    ["init", "trap", "trial-failed"],
    ["health", "err", "unhealthy"],
    ["health", "trap", "unhealthy"],
    ["restore", "err", "restore-failed"],
    ["restore", "trap", "restore-failed"],
  ])("has no part of a secret in why it can't be deployed: %s ends in %s", async (stage, how, code) => {
    const host = await deployed(placement);
    for (const pad of placement === "inline" ? [0, 490, 1990, 3980] : [0, how === "trap" ? 490 : 1990]) {
      const patch = { env: { [stage]: how, pad: `${pad}` } };
      const error = await refused(host.registry.configure("blabber", patch));
      expect(error).toMatchObject({ code });
      expect(error.message).toContain(pad === 0 ? "[secret]" : "-".repeat(480));
      expect(JSON.stringify(error) + error.message).not.toMatch(/corr|orse|aple/);
    }
    expect(JSON.stringify(await host.store.events())).not.toMatch(/corr|orse|aple/);
  });
});

describe.each(["inline", "process"] as const)("a secret in state that is handed over, %s", (placement) => {
  it("stays out of what the new version says, however often it was replaced", async () => {
    const host = await deployed(placement, { save: "all" });
    const { registry } = host;
    const former = [key];
    for (const next of ["second-Kq4Zv8Wn", "third-Xt6Jb3Rm", "fourth-9Lp2HdVg"]) {
      const rotated = await registry.configure("blabber", { env: { "x-key": { secret: next } } });
      expect(rotated.state).toBe("handed-over");
      former.unshift(next);
      expect(await call(host, "tell")).toBe(former.join(" | "));
      lines.length = 0;
      await call(host, "log-it");
      const struck = former.map(() => "[secret]").join(" | ");
      expect(lines).toMatchObject([{ context: struck, message: `told: ${struck}` }]);
    }
    const { message } = await refused(call(host, "abort-after", 0));
    expect(message).toContain("[secret] | [secret] | [secret] | [secret]");
    expect(message).not.toMatch(/corr|Kq4|Xt6|9Lp/);
  });

  it("stays out of why it can't be taken over", async () => {
    const host = await deployed(placement, { save: "all" });
    for (const restore of ["err", "trap"]) {
      const patch = { env: { "x-key": null, restore } };
      const error = await refused(host.registry.configure("blabber", patch));
      expect(error).toMatchObject({ code: "restore-failed" });
      expect(error.message).toContain("[secret]");
      expect(JSON.stringify(error) + error.message).not.toMatch(/corr|orse|aple/);
    }
    expect(JSON.stringify(await host.store.events())).not.toMatch(/corr|orse|aple/);
  });
});

describe("what is kept to search for secrets", () => {
  it("is drawn from the host's heap, and given back", async () => {
    const host = await deployed();
    // Whose state is not handed over: it may have secrets of before.
    await host.registry.configure("blabber", { mode: "fresh" });
    const few = host.heap.inUse;
    expect(few).toBeGreaterThan(0);
    const { registry } = host;
    await registry.configure("blabber", { env: { "x-key": { secret: "y".repeat(32_000) } } });
    expect(host.heap.inUse).toBeGreaterThan(few + 500_000);
    await expect(registry.configure("blabber", { env: { init: "err" } })).rejects.toThrow();
    await registry.configure("blabber", { env: { "x-key": { secret: key } } });
    // What was refused is on its way to the event log.
    await until(() => host.heap.inUse === few);
    await registry.remove("blabber");
    expect(host.heap.inUse).toBeLessThan(few);
  });
});

describe("save", () => {
  it("has no part of a secret in why it failed", async () => {
    const host = await deployed("inline", { save: "trap", pad: "490" });
    const error = await refused(host.registry.configure("blabber", { env: { shown: "other" } }));
    expect(error).toMatchObject({ code: "save-failed" });
    expect(error.message).not.toMatch(/corr|orse|aple/);
  });
});
