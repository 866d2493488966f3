/** JSON Schema of a plugin's settings on a host, as uploads and changes of settings take them. */
import type { Capability } from "../../capabilities/capability.ts";
import type { CapabilityTable } from "../../capabilities/capability-table.ts";
import { jsonSchemaOfSettings } from "../../describe/setting-schemas.ts";
import type { JsonObject } from "../../text/json-value.ts";
import { type Ceilings, defaultLimits, highestOf, limitNames } from "../plugin-limits.ts";
import { settingsSchema } from "./settings.ts";

/** Document for a host that has these capabilities, and lets plugins' limits be that high. */
export function settingsDocument(table: CapabilityTable, ceilings: Ceilings): JsonObject {
  const { properties, ...schema } = jsonSchemaOfSettings(settingsSchema);
  const { limits, ...others } = properties as Record<string, JsonObject>;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Settings of a plugin",
    description:
      "Any part of these comes with an upload, or as a merge patch of the settings that there are: null in a member's place takes it back to its default.",
    ...schema,
    properties: { ...others, grants: grantsDocument(table), limits: limitsDocument(limits!, ceilings) },
  };
}

function grantsDocument(table: CapabilityTable): JsonObject {
  const forms = table.capabilities.flatMap((capability) =>
    capability.grant ? [[capability.name, grantDocument(capability.grant)] as const] : [],
  );
  return { type: "object", properties: Object.fromEntries(forms), additionalProperties: false };
}

/** The plain grant takes all defaults, and where there are none it is no grant. */
function grantDocument({ allows, settings, example }: NonNullable<Capability["grant"]>): JsonObject {
  const plain: JsonObject = example === undefined ? { type: "boolean" } : { const: false };
  return {
    description: allows,
    anyOf: [plain, jsonSchemaOfSettings(settings)],
    ...(example !== undefined && { examples: [example as JsonObject] }),
  };
}

/** Limits with their defaults inline. What a process may have more of is told by its highest, as a patch need not say where the plugin is placed. */
function limitsDocument({ properties, ...schema }: JsonObject, ceilings: Ceilings): JsonObject {
  const ranges = properties as Record<string, JsonObject>;
  const limits = limitNames.map((name) => {
    const [inline, process] = (["inline", "process"] as const).map((placement) =>
      highestOf(ceilings, placement, name),
    ) as [number, number];
    const range = { ...ranges[name]!, maximum: process, default: Math.min(defaultLimits[name], inline) };
    const less = inline < process && { description: `at most ${inline} where placement is inline` };
    return [name, { ...range, ...less }] as const;
  });
  return { ...schema, properties: Object.fromEntries(limits) };
}
