/** Plugins in OpenAPI: their functions, and what they answer themselves. */
import { describeBounds } from "../../bounds/describe-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { functionDocs, typeDocs } from "../../wit/docs.ts";
import { type ExportedFunction, exportedFunctions, FunctionPaths } from "../../wit/exports.ts";
import type { FunctionType, World } from "../../wit/model.ts";
import { briefFunctionType } from "../../wit/text/brief.ts";
import { type FunctionSchemas, functionSchemas, typesOf } from "../function-schemas.ts";
import { SchemaWriter } from "../json-schema.ts";
import { typeNames } from "../type-names.ts";
import { callOperations, type ExampleCall } from "./call-operations.ts";
import type { DocumentPaths, PathOperation } from "./document-paths.ts";
import { hookOperations } from "./hook-operations.ts";
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
  const { name } = plugin;
  const paths = new FunctionPaths(exportedFunctions(plugin.world));
  const examples = examplesOf(plugin, paths);
  const allowed = pluginSecurity(plugin);
  return describeFunctions({ ...plugin, schemas: name }, ({ exported, ...text }, writer) =>
    callOperations({ ...text, plugin: name, example: examples.get(exported.key), security: allowed }, writer),
  );
}

/** Contract whose functions can be asked of all plugins that are held to it. */
export interface DescribedContract extends Pick<DescribedPlugin, "world" | "isDriven"> {
  /** Without the sign `@`. */
  readonly name: string;
  /** Calls of all its plugins need no token. */
  readonly isOpen: boolean;
}

/** Hook points of a contract. Neither its schemas nor its operations have the names of a plugin's: those have no capitals. */
export function describeContract({ name, isOpen, ...contract }: DescribedContract): DescribedPart {
  return describeFunctions(
    { ...contract, name: `@${name}`, schemas: `Hook-${name}`, isOpen, sites: [] },
    ({ type, path, schemas, docs }) =>
      hookOperations({ type, contract: name, path, schemas, docs, security: pluginSecurity({ isOpen }) }),
  );
}

/** Function with what any operation of it says. */
interface FunctionText {
  readonly exported: ExportedFunction;
  readonly type: FunctionType;
  readonly path: string;
  readonly schemas: FunctionSchemas;
  readonly docs: string | undefined;
}

type Operations = (text: FunctionText, writer: SchemaWriter) => Readonly<Record<string, PathOperation>>;

/** Part of a document for the functions of a world. `schemas`: name before those of its types. */
function describeFunctions(
  part: DescribedPart["plugin"] &
    Pick<DescribedPlugin, "world" | "isDriven" | "description"> & { readonly schemas: string },
  operationsOf: Operations,
): DescribedPart {
  const { name, world, isDriven, description, isOpen, sites } = part;
  const functions = exportedFunctions(world);
  const callable = functions.filter((exported) => !isDriven(exported));
  const shown = callable.slice(0, maxFunctions);
  const writer = new SchemaWriter({
    references: `#/components/schemas/${part.schemas}.`,
    names: typeNames(shown.flatMap(({ type }) => typesOf(type))),
    docs: (definition) => typeDocs(world, definition),
  });
  const notCallable: object[] = [];
  const paths = new FunctionPaths(functions);
  const described: [path: string, item: Readonly<Record<string, PathOperation>>][] = [];
  for (const exported of shown) {
    const path = paths.shortest(exported);
    const operations =
      path === undefined ? "has no path" : orWhyNot(world, exported, path, operationsOf, writer);
    if (typeof operations !== "string") described.push([`/call/${name}/${path}`, operations]);
    else
      notCallable.push({ function: exported.key, type: briefFunctionType(exported.type), why: operations });
  }
  if (shown.length < callable.length) {
    notCallable.push({ function: `${callable.length - shown.length} more`, why: "left out here" });
  }
  const text = [description, world.docs?.docs].filter((each) => each !== undefined).join("\n\n");
  const schemas = Object.entries(writer.definitions).map(([key, schema]) => [
    `${part.schemas}.${key}`,
    schema,
  ]);
  const made = {
    tag: {
      name,
      ...(text !== "" && { description: text }),
      ...(notCallable.length > 0 && { "x-not-callable": notCallable }),
    },
    schemas: Object.fromEntries(schemas),
    paths: described,
  };
  return { ...made, plugin: { name, isOpen, sites }, characters: JSON.stringify(made).length };
}

/** The first call of each function that says what it returns, by the function's key. */
function examplesOf({ calls = [] }: DescribedPlugin, paths: FunctionPaths): ReadonlyMap<string, ExampleCall> {
  const examples = new Map<string, ExampleCall>();
  for (const call of calls) {
    const exported = call.returns === undefined ? undefined : paths.find(call.call);
    if (exported && !examples.has(exported.key)) examples.set(exported.key, call);
  }
  return examples;
}

/** Operations by their methods, or why there are none. */
function orWhyNot(
  world: World,
  exported: ExportedFunction,
  path: string,
  operationsOf: Operations,
  writer: SchemaWriter,
): ReturnType<Operations> | string {
  const { type } = exported;
  try {
    const schemas = functionSchemas(type, writer);
    if (schemas === undefined) return "it takes or returns resources, which have no JSON";
    const docs = functionDocs(world, exported);
    return operationsOf({ exported, type, path, schemas, docs }, writer);
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
