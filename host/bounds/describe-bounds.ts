/** Bounds of what is made of a plugin's types and docs, for people and programs. */
import { type HostBounds, KiB, MiB } from "./host-bound.ts";

export const describeBounds = {
  docs: {
    value: 256 * KiB,
    unit: "bytes",
    of: "docs in a component, together",
    effect: "sections beyond are ignored, with a note",
  },
  metadata: {
    value: 8 * KiB,
    unit: "bytes",
    of: "each text of a component's metadata",
    effect: "it is ignored, with a note",
  },
  tools: {
    value: 200,
    unit: "",
    of: "tools that a component says it was made with",
    effect: "all are ignored, with a note",
  },
  schema: {
    value: MiB,
    unit: "characters",
    of: "JSON Schema of a plugin's types",
    effect: "what is beyond is told to be left out",
  },
  functions: {
    value: 1_000,
    unit: "",
    of: "functions of a plugin that an OpenAPI document has",
    effect: "the others are counted",
  },
  tool: {
    value: 256 * KiB,
    unit: "characters",
    of: "JSON Schema of a tool of the Model Context Protocol",
    effect: "what is beyond is told to be left out",
  },
  toolsAtOnce: {
    value: 200,
    unit: "",
    of: "tools beyond which a list of them goes on in another answer",
    effect: "`nextCursor` is for the others",
  },
  toolsText: {
    value: MiB,
    unit: "characters",
    of: "list of tools after which it goes on in another answer",
    effect: "`nextCursor` is for the others",
  },
  example: {
    value: 2_000,
    unit: "characters",
    of: "example in an OpenAPI document: arguments or result of a call of the plugin's checks",
    effect: "longer ones are not shown",
  },
  plugins: {
    value: 100,
    unit: "",
    of: "plugins and contracts that an OpenAPI document has",
    effect: "`info.description` says that there are more",
  },
  documentSchemas: {
    value: 4 * MiB,
    unit: "characters",
    of: "OpenAPI document after which no further plugin is added",
    effect: "`info.description` says that there are more",
  },
  kept: {
    value: 4 * MiB,
    unit: "characters",
    of: "descriptions of plugins, and as many of their tools, that are kept for who asks again",
    effect: "those that were not used for long are made anew",
  },
} satisfies HostBounds;
