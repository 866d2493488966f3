/** Plugins in OpenAPI: their functions, and what they answer themselves. */
import { describeBounds } from "../../bounds/describe-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { functionDocs, typeDocs } from "../../wit/docs.ts";
import { type ExportedFunction, exportedFunctions, FunctionPaths } from "../../wit/exports.ts";
import type { World } from "../../wit/model.ts";
import { briefFunctionType } from "../../wit/text/brief.ts";
import { functionSchemas, typesOf } from "../function-schemas.ts";
import { SchemaWriter } from "../json-schema.ts";
import { typeNames } from "../type-names.ts";
import { callOperations, type ExampleCall } from "./call-operations.ts";
import type { DocumentPaths, PathOperation } from "./document-paths.ts";
import { security } from "./route-operations.ts";
import { addSite, bySpecificity, type DescribedSite } from "./site-operations.ts";

export interface DescribedPlugin {
  readonly name: string;
  readonly world: World;
  /** True for functions that the host calls by itself: they are not shown. */
  readonly isDriven: (exported: ExportedFunction) => boolean;
  /** Sentence that it says of itself. */
  readonly description?: string | undefined;
  /** Calls need no token. */
  readonly isOpen: boolean;
  /** Calls to show as examples, as its checks make them; none unless told. */
  readonly calls?: readonly ExampleCall[];
  /** Places at which it answers what is sent over HTTP; none where it serves none. */
  readonly sites: readonly DescribedSite[];
}

/** Part of a document that is about one plugin. */
export interface DescribedPart {
  readonly plugin: Pick<DescribedPlugin, "name" | "isOpen" | "sites">;
  readonly tag: object;
  readonly schemas: Readonly<Record<string, unknown>>;
  /** Operations of its functions. */
  readonly paths: readonly (readonly [path: string, item: Readonly<Record<string, PathOperation>>])[];
  /** Characters that it takes as JSON. */
  readonly characters: number;
}

const maxFunctions = describeBounds.functions.value;

export function describePlugin(plugin: DescribedPlugin): DescribedPart {
  const { name, world, isDriven, description } = plugin;
  const functions = exportedFunctions(world);
  const callable = functions.filter((exported) => !isDriven(exported));
  const shown = callable.slice(0, maxFunctions);
  const writer = new SchemaWriter({
    references: `#/components/schemas/${name}.`,
    names: typeNames(shown.flatMap(({ type }) => typesOf(type))),
    docs: (definition) => typeDocs(world, definition),
  });
  const notCallable: object[] = [];
  const paths = new FunctionPaths(functions);
  const examples = examplesOf(plugin, paths);
  const described: [path: string, item: Readonly<Record<string, PathOperation>>][] = [];
  for (const exported of shown) {
    const path = paths.shortest(exported);
    const example = examples.get(exported);
    const operations =
      path === undefined ? "has no path" : operationsOf(plugin, exported, { path, example, writer });
    if (typeof operations !== "string") described.push([`/call/${name}/${path}`, operations]);
    else
      notCallable.push({ function: exported.key, type: briefFunctionType(exported.type), why: operations });
  }
  if (shown.length < callable.length) {
    notCallable.push({ function: `${callable.length - shown.length} more`, why: "left out here" });
  }
  const text = [description, world.docs?.docs].filter((part) => part !== undefined).join("\n\n");
  const schemas = Object.entries(writer.definitions).map(([key, schema]) => [`${name}.${key}`, schema]);
  const part = {
    tag: {
      name,
      ...(text !== "" && { description: text }),
      ...(notCallable.length > 0 && { "x-not-callable": notCallable }),
    },
    schemas: Object.fromEntries(schemas),
    paths: described,
  };
  const { isOpen, sites } = plugin;
  return { ...part, plugin: { name, isOpen, sites }, characters: JSON.stringify(part).length };
}

/** The first call of each function that says what it returns. */
function examplesOf(
  { calls = [] }: DescribedPlugin,
  paths: FunctionPaths,
): ReadonlyMap<ExportedFunction, ExampleCall> {
  const examples = new Map<ExportedFunction, ExampleCall>();
  for (const call of calls) {
    const exported = call.returns === undefined ? undefined : paths.find(call.call);
    if (exported && !examples.has(exported)) examples.set(exported, call);
  }
  return examples;
}

/** Operations by their methods, or why there are none. */
function operationsOf(
  plugin: DescribedPlugin,
  exported: ExportedFunction,
  { path, example, writer }: { path: string; example: ExampleCall | undefined; writer: SchemaWriter },
): Readonly<Record<string, PathOperation>> | string {
  const { type } = exported;
  try {
    const schemas = functionSchemas(type, writer);
    if (schemas === undefined) return "it takes or returns resources, which have no JSON";
    const docs = functionDocs(plugin.world, exported);
    const security = pluginSecurity(plugin);
    return callOperations({ type, plugin: plugin.name, path, schemas, docs, example, security }, writer);
  } catch (error) {
    if (error instanceof HotcellError) return error.message;
    throw error;
  }
}

/** Adds what plugins answer themselves over HTTP. */
export function addSites(plugins: readonly DescribedPart["plugin"][], paths: DocumentPaths): void {
  const sites = plugins.flatMap((plugin) => plugin.sites.map((site) => ({ plugin, site })));
  for (const { plugin, site } of bySpecificity(sites)) {
    addSite(paths, plugin.name, site, pluginSecurity(plugin));
  }
}

function pluginSecurity({ isOpen }: Pick<DescribedPlugin, "isOpen">): object[] {
  return security({ scopes: [["call"]], isOpen });
}
