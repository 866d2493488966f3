/** Tools that are kept for who asks again: read once, and never of another time. */
import { expect, it } from "vitest";
import type { ToldTools } from "../../../../host/describe/mcp/tools.ts";
import { DescribedPlugins } from "../../../../host/http/routes/described-plugins.ts";
import { toldTools } from "../../../../host/http/routes/mcp/told-tools.ts";
import type { Services } from "../../../../host/http/services.ts";
import { HeapAccount } from "../../../../host/platform/heap-account.ts";
import type { Registry } from "../../../../host/registry/api.ts";
import type { ToolsSetting } from "../../../../host/registry/settings/mcp-setting.ts";
import { sample } from "../../../guests/small-plugins.ts";
import { hostOfFile } from "../../../support/hosts.ts";

const host = await hostOfFile();
const read: string[] = [];
const services = {
  registry: {
    revision: (name: string) => host.registry.revision(name),
    world: (name: string) => {
      read.push(name);
      return host.registry.world(name);
    },
  } as Registry,
  toldTools: new DescribedPlugins<ToldTools>(new HeapAccount(2 ** 24)),
} as Services;

const namesOf = async (setting: ToolsSetting = true, { onlyObjects = false, from = 0, most = 100 } = {}) => {
  const plugin = host.registry.list().find(({ name }) => name === "calc")!;
  const names: string[] = [];
  for await (const { text } of toldTools(services, plugin, { setting, onlyObjects }, from)) {
    if (text !== undefined) names.push(JSON.parse(text).name);
    if (names.length >= most) break;
  }
  return names;
};
const readsOf = async (...asked: Parameters<typeof namesOf>) => {
  read.length = 0;
  await namesOf(...asked);
  return read.length;
};

it("are read once for a version, a setting and a form, and anew for another", async () => {
  await host.registry.deploy("calc", sample());
  expect(await readsOf()).toBe(1);
  const names = await namesOf();
  expect(names).toContain("calc.add");
  expect(await readsOf()).toBe(0);
  expect(await namesOf(true, { from: 2 })).toEqual(names.slice(2));
  expect(await readsOf({ readOnly: ["add"] })).toBe(1);
  expect(await readsOf({ readOnly: ["add"] }, { onlyObjects: true })).toBe(1);
  await host.registry.deploy("calc", sample({ without: ["add"] }), { allowBreaking: true });
  expect(await namesOf()).not.toContain("calc.add");
  await host.registry.rollback("calc");
  expect(await namesOf()).toEqual(names);
});

it("are not kept where somebody had enough of them before the end", async () => {
  expect(await readsOf({ readOnly: true })).toBe(1);
  expect(await readsOf({ readOnly: ["echo"] }, { most: 2 })).toBe(1);
  expect(await readsOf({ readOnly: ["echo"] }, { from: 1 })).toBe(1);
  expect(await readsOf({ readOnly: ["echo"] })).toBe(1);
  expect(await readsOf({ readOnly: ["echo"] })).toBe(0);
});
