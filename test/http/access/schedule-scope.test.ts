/** Schedules of who may not call: the host would make the calls for them. */
import { expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile({ privateCalls: true });
const { registry, tokens } = host;
const kept = { cron: "0 0 1 1 *", call: "add", arguments: [1, 2] };
await registry.deploy("guest", sample(), { settings: { schedule: [kept] } });

async function patchWith(scopes: readonly ("call" | "configure")[], settings: object) {
  const { token } = await tokens.create({ scopes }, "test");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return host.send("PATCH", "/plugins/guest", { body: JSON.stringify(settings), headers });
}

const more = { ...kept, name: "more", arguments: [2, 2] };

it("takes no entry of who may not make its calls", async () => {
  for (const schedule of [[kept, more], [more], [{ ...kept, arguments: [3, 2] }]]) {
    const refused = await patchWith(["configure"], { schedule });
    expect(refused).toMatchObject({ status: 403, json: { code: "forbidden", scope: "call" } });
    expect(refused.json.remedy).toContain("--scope configure --scope call");
  }
  expect(await patchWith(["call"], { schedule: [kept, more] })).toMatchObject({ status: 403 });
  expect(registry.details("guest").settings.schedule).toEqual([kept]);
});

it("takes one of who may, and leaves others to who may change settings", async () => {
  expect(await patchWith(["call", "configure"], { schedule: [kept, more] })).toMatchObject({ status: 200 });
  expect(await patchWith(["configure"], { schedule: [more], mode: "fresh" })).toMatchObject({ status: 200 });
  expect(await patchWith(["configure"], { schedule: null })).toMatchObject({ status: 200 });
});

it("takes one of anybody who may change settings where everybody may call", async () => {
  await registry.configure("guest", { access: "public" });
  expect(await patchWith(["configure"], { schedule: [kept] })).toMatchObject({ status: 200 });
});
