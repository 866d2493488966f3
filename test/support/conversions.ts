/** Conversions of one value of a type, as a plugin that has only that type makes them. */

import { Decoders } from "../../host/wit/json/json-decode.ts";
import { Encoders } from "../../host/wit/json/json-encode.ts";
import { JsonTypes } from "../../host/wit/json/json-function.ts";
import { type FunctionType, resolve, type ValueType } from "../../host/wit/model.ts";
import { rejection } from "../../host/wit/values/mismatch.ts";
import { Checkers } from "../../host/wit/values/values.ts";

export const argumentsFromJson = (type: FunctionType, body: unknown): unknown[] =>
  new JsonTypes().function(type).arguments(body);

export const argumentsFromQuery = (
  type: FunctionType,
  query: URLSearchParams,
  bytes?: Uint8Array<ArrayBuffer>,
): unknown[] => new JsonTypes().function(type).argumentsFromQuery(query, undefined, bytes);

export const resultToJson = (result: ValueType | undefined, value: unknown): unknown =>
  new JsonTypes().function({ parameters: [], ...(result && { result }) }).result(value);

export const toJson = (type: ValueType, value: unknown): unknown => new Encoders().encode(type, value);

export const fromJson = (type: ValueType, json: unknown): unknown => new Decoders().of(type)(json);

export const checkArguments = (type: FunctionType, args: readonly unknown[]): readonly unknown[] =>
  new Checkers().arguments(type)(args);

/** What is wrong with the value is told below `path`. */
export function checkValue(type: ValueType, value: unknown, path: string): unknown {
  const check = new Checkers().of(type);
  try {
    return check(value);
  } catch (thrown) {
    throw rejection(resolve(type), path, thrown);
  }
}
