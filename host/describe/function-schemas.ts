/** JSON Schemas at the edge of a function: what a call takes, and what it answers. */
import { takesJson } from "../wit/json/json-function.ts";
import { type FunctionType, resolve, type ValueType } from "../wit/model.ts";
import { type JsonSchema, SchemaWriter, withDefinitions } from "./json-schema.ts";
import { typeNames } from "./type-names.ts";

export interface FunctionSchemas {
  /** Arguments by name; options may be left out. Calls take them by position, too. */
  readonly arguments: JsonSchema;
  /** Schema of what it returns; of a `result` its ok part. Absent where that is nothing. */
  readonly result?: JsonSchema;
  /** It may return an error. */
  readonly canFail: boolean;
  /** Payload of that; absent where it has none. */
  readonly error?: JsonSchema;
}

/**
 * Schemas of a function, written by `writer`. Undefined for one that takes or returns resources, which JSON can't call. Throws
 * what `SchemaWriter.of` throws.
 */
export function functionSchemas(type: FunctionType, writer: SchemaWriter): FunctionSchemas | undefined {
  if (!takesJson(type)) return undefined;
  const { ok, err, canFail } = answerTypes(type);
  return {
    arguments: writer.object(type.parameters),
    ...(ok && { result: writer.of(ok) }),
    canFail,
    ...(err && { error: writer.of(err) }),
  };
}

/** The same, each of which stands by itself, with its definitions. */
export function standaloneSchemas(type: FunctionType): FunctionSchemas | undefined {
  const names = typeNames(typesOf(type));
  const alone = (write: (writer: SchemaWriter) => JsonSchema): JsonSchema => {
    const writer = new SchemaWriter({ names });
    return withDefinitions(write(writer), writer.definitions);
  };
  if (!takesJson(type)) return undefined;
  const { ok, err, canFail } = answerTypes(type);
  return {
    arguments: alone((writer) => writer.object(type.parameters)),
    ...(ok && { result: alone((writer) => writer.of(ok)) }),
    canFail,
    ...(err && { error: alone((writer) => writer.of(err)) }),
  };
}

/** Types that a call answers with: a `result` is an outcome (docs/calling.md). */
function answerTypes({ result }: FunctionType): {
  readonly ok?: ValueType | undefined;
  readonly err?: ValueType | undefined;
  readonly canFail: boolean;
} {
  const structure = result && resolve(result);
  if (structure?.kind !== "result") return { ok: result, canFail: false };
  return { ok: structure.ok, err: structure.err, canFail: true };
}

/** Types that a function names: of its parameters and its result. */
export function typesOf({ parameters, result }: FunctionType): readonly ValueType[] {
  return [...parameters.map(({ type }) => type), ...(result ? [result] : [])];
}
