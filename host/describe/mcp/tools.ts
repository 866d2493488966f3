/** Tools of the Model Context Protocol for the functions of a world. */

import { describeBounds } from "../../bounds/describe-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { functionDocs, typeDocs } from "../../wit/docs.ts";
import { type ExportedFunction, exportedFunctions, FunctionPaths } from "../../wit/exports.ts";
import { resolve, type ValueType, type World } from "../../wit/model.ts";
import { okType } from "../../wit/outcome.ts";
import { briefFunctionType } from "../../wit/text/brief.ts";
import { functionSchemas, typesOf } from "../function-schemas.ts";
import { type JsonSchema, SchemaWriter, withDefinitions } from "../json-schema.ts";
import { typeNames } from "../type-names.ts";
import { toolName } from "./tool-names.ts";

/** Tool as `tools/list` has it. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema?: JsonSchema;
  readonly annotations?: { readonly readOnlyHint: true };
}

/** Tool as text, absent for a function that JSON can't call, and the place behind it. */
export interface ToldTool {
  readonly text: string | undefined;
  readonly next: number;
}

/** All tools of a plugin as text, and how long that is. */
export interface ToldTools {
  readonly tools: readonly ToldTool[];
  readonly characters: number;
}

/** Plugin as its tools are told. */
export interface ToldPlugin {
  readonly name: string;
  readonly world: World;
  /** True for functions that no client may call. */
  readonly isDriven: (exported: ExportedFunction) => boolean;
  /** Functions that its owner says change nothing: all, or those with these paths. */
  readonly readOnly: true | readonly string[];
  /** Results have to be objects: versions of the protocol before 2026-07-28. */
  readonly onlyObjects: boolean;
}

/**
 * Tools of a plugin in the order of its world, from one on, each with the place behind it; without a tool for functions that JSON can't
 * call. Those beyond the bound are left out. Each is made when it is asked for: they may be large, and many.
 */
export function* toolsOf(
  plugin: ToldPlugin,
  from = 0,
): Generator<{ readonly tool: Tool | undefined; readonly next: number }> {
  const functions = exportedFunctions(plugin.world);
  const paths = new FunctionPaths(functions);
  const readOnly =
    plugin.readOnly === true ? new Set(functions) : new Set(plugin.readOnly.map((path) => paths.find(path)));
  for (const [i, exported] of toldFunctions(functions, plugin.isDriven).entries()) {
    if (i < from) continue;
    const path = paths.shortest(exported);
    const schemas = path === undefined ? undefined : schemasOf(plugin, exported);
    const tool = path !== undefined &&
      schemas && {
        name: toolName(plugin.name, path),
        description: functionDocs(plugin.world, exported) ?? briefFunctionType(exported.type),
        ...schemas,
        ...(readOnly.has(exported) && { annotations: { readOnlyHint: true } as const }),
      };
    yield { tool: tool || undefined, next: i + 1 };
  }
}

/** Functions of which tools are made: those that clients may call, as many as are described. */
export function toldFunctions(
  functions: readonly ExportedFunction[],
  isDriven: ToldPlugin["isDriven"],
): ExportedFunction[] {
  return functions.filter((exported) => !isDriven(exported)).slice(0, describeBounds.functions.value);
}

function schemasOf(
  { world, onlyObjects }: ToldPlugin,
  { type }: ExportedFunction,
): Pick<Tool, "inputSchema" | "outputSchema"> | undefined {
  const names = typeNames(typesOf(type));
  const docs = (definition: Parameters<typeof typeDocs>[1]) => typeDocs(world, definition);
  const written = (pick: "arguments" | "result"): JsonSchema | undefined => {
    const writer = new SchemaWriter({ names, docs, limit: describeBounds.tool.value });
    const schema = functionSchemas(type, writer)?.[pick];
    if (schema === undefined) return undefined;
    if (pick === "arguments" || !onlyObjects) return withDefinitions(schema, writer.definitions);
    return withDefinitions(asObject(schema, isObjectResult(type.result)), writer.definitions);
  };
  try {
    const inputSchema = written("arguments");
    const outputSchema = written("result");
    return inputSchema && { inputSchema, ...(outputSchema && { outputSchema }) };
  } catch (error) {
    // Types that are larger than anything may be told of.
    if (error instanceof HotcellError) return undefined;
    throw error;
  }
}

function asObject(schema: JsonSchema, isObject: boolean): JsonSchema {
  if (isObject) return { type: "object", ...schema };
  return {
    type: "object",
    properties: { result: schema },
    required: ["result"],
    additionalProperties: false,
  };
}

/** True where what a call answers with is a JSON object whatever it returns; else it is the member `result` of one, for who takes only those. */
export function isObjectResult(result: ValueType | undefined): boolean {
  const type = okType(result);
  const kind = type && resolve(type).kind;
  return kind === "record" || kind === "flags";
}
