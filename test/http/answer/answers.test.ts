import { expect, it } from "vitest";
import { standardTable } from "../../../host/capabilities/capability-table.ts";
import { redact } from "../../../host/capabilities/secret.ts";
import { json } from "../../../host/http/answer/respond.ts";
import { configured, parseAsked } from "../../../host/registry/settings/settings.ts";
import type { DeploymentRecord, PluginRecord, StoredEvent } from "../../../host/store/store.ts";

const { settings } = configured(parseAsked({ env: { KEY: { secret: "marked-s3cret" } } }, standardTable), {});

it("are of no type that can hold a secret: the compiler refuses it, and JSON prints none all the same", async () => {
  // @ts-expect-error settings in memory hold secrets
  expect(await json({ settings }).text()).toContain('"env":{"KEY":"[secret]"}');
  expect(await json({ settings: redact(settings) }).text()).toContain('"env":{"KEY":{"secret":true}}');
  const record: unknown = {};
  // @ts-expect-error nobody knows what is in it
  json({ record });
  // @ts-expect-error a record of the store may come to hold one
  json(record as PluginRecord);
  // @ts-expect-error the same
  json({ deployments: [record as DeploymentRecord] });
  // @ts-expect-error the same
  json(record as StoredEvent);
});
