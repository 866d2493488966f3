/** JSON at a function's edge (docs/calling.md): arguments from a body or a query, results to JSON, comparing JSON. */
import { HotcellError } from "../../errors.ts";
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { type FunctionType, type NamedValue, resolve, type Structure, type ValueType } from "../model.ts";
import { errType, okType } from "../outcome.ts";
import { structuresOf } from "../structures.ts";
import { briefFunctionType, briefType } from "../text/brief.ts";
import { boundless, NoRoom, type ValueRoom } from "../values/argument-room.ts";
import { preview, rejection, type Wanted } from "../values/mismatch.ts";
import { weightOf } from "../values/value-weight.ts";
import { checkArity } from "../values/values.ts";
import { camelCase } from "../wit-names.ts";
import { type Decoder, Decoders, memberReader } from "./json-decode.ts";
import { Encoders, maxJson } from "./json-encode.ts";
import { argumentForms, exampleOf, formsOf } from "./json-form.ts";
import { type JsonSize, jsonSizeOf } from "./json-size.ts";
import { bytesParameters, isBytes, queryStructure, withoutOption } from "./query-form.ts";

/**
 * JSON of all functions that one owner has: the live version of a plugin, or a plugin opened by a program. What is made for
 * their types goes with the owner.
 */
export class JsonTypes {
  readonly decoders = new Decoders();
  readonly encoders = new Encoders();

  /** Throws nothing; functions that take or return resources refuse when they are called with JSON. */
  function(type: FunctionType): JsonFunction {
    return new OneFunction(type, this);
  }
}

/** JSON at the edge of one function: arguments from a body or a query, and what it returns or throws to JSON. */
export interface JsonFunction {
  readonly type: FunctionType;
  /**
   * Arguments in the JS mapping, valid for its type, from parsed JSON: an array gives them by position, an object by
   * parameter name, nothing at all (undefined) none. Options may be left out: at the end of an array, anywhere in an
   * object. `room` is for what they weigh. Throws HotcellError `bad-argument` naming the path (`[0].items[2]`,
   * `order.items[2]`), `not-callable` for functions that take or return resources, or what `room` throws.
   */
  arguments(body: unknown, room?: ValueRoom): unknown[];
  /**
   * Arguments from a query by parameter name. Parameters may be of scalar types (numbers, bool, char, string,
   * enum), options of these, and lists of scalars, whose elements are given by repeating the name (`list<u8>` as
   * base64). An absent list is empty. Options of other types have to be left out. `bytes` are the one parameter that is a
   * `list<u8>`, as they are. Throws HotcellError `bad-argument`, `not-callable` for other types, and `unsupported-media-type` where bytes are for no parameter.
   */
  argumentsFromQuery(query: URLSearchParams, room?: ValueRoom, bytes?: Uint8Array<ArrayBuffer>): unknown[];
  /** True where what a call answers with, as `result` gives it, is a `list<u8>`. */
  readonly givesBytes: boolean;
  /** The same value as bytes. Throws HotcellError `result-too-large` for more than `max`. */
  resultBytes(value: unknown, max: number): Uint8Array<ArrayBuffer>;
  /**
   * Value that a call has returned, as JSON: a top-level `result` gives its ok value only, as its error is thrown.
   * Undefined where there is none. `max` are UTF-16 units of text. Throws HotcellError `not-callable` and
   * `result-too-large`.
   */
  result(value: unknown, max?: number): unknown;
  /** UTF-16 units that the same value takes as JSON at most, as `max` counts them. */
  resultLength(value: unknown): number;
  /** Payload of an error that it returned, as JSON; undefined for a function that can't return one. */
  error(payload: unknown, max?: number): unknown;
}

/** Length of `null`. */
const nullLength = 4;

class OneFunction implements JsonFunction {
  readonly type: FunctionType;
  readonly #types: JsonTypes;
  /** Made for the first call. */
  #made: Signature | undefined;
  readonly givesBytes: boolean;
  /** Type of what a call answers with; undefined where that is nothing. */
  readonly #answer: ValueType | undefined;
  #length: JsonSize | undefined;

  constructor(type: FunctionType, types: JsonTypes) {
    this.type = type;
    this.#types = types;
    const answer = okType(type.result);
    this.#answer = answer;
    this.givesBytes = answer !== undefined && isBytes(answer);
  }

  arguments(body: unknown, room: ValueRoom = boundless): unknown[] {
    const { type } = this;
    const signature = this.#signature;
    takeRoom(room, signature.weight);
    const { parameters } = type;
    if (body === undefined || Array.isArray(body)) {
      const given: readonly unknown[] = body ?? [];
      checkArity(type, given.length, () => `Send ${argumentForms(type)}.`);
      return decoded(signature, type, given, room, (i) => `[${i}]`);
    }
    if (!isObject(body)) {
      throw new HotcellError(
        "bad-argument",
        `Expected arguments as JSON array or object, got ${preview(body)}.`,
        {
          expected: "an array (by position) or an object (by parameter name)",
          actual: preview(body),
          remedy: `The function is ${briefFunctionType(type)}. Send ${argumentForms(type)}.`,
        },
      );
    }
    return decoded(signature, type, signature.members(body), room, (i) => parameters[i]!.name);
  }

  argumentsFromQuery(
    query: URLSearchParams,
    room: ValueRoom = boundless,
    bytes?: Uint8Array<ArrayBuffer>,
  ): unknown[] {
    const { type } = this;
    const signature = this.#signature;
    takeRoom(room, signature.weight);
    const body = bytes && bodyParameter(type);
    if (body && query.has(body.name)) throw givenTwice(body.name);
    const structures = type.parameters.map((parameter) => {
      const structure = queryStructure(parameter.type);
      if (structure || mayBeLeftOut(parameter, query)) return structure;
      const shown = briefType(parameter.type);
      throw new HotcellError(
        "not-callable",
        `The parameter ${parameter.name} is ${shown}, which a query can't carry.`,
        {
          subject: parameter.name,
          actual: shown,
          remedy: `POST the arguments as JSON: ${argumentForms(type)}.`,
        },
      );
    });
    const given = Map.groupBy(query, ([name]) => name);
    const byName = given.entries().map(([name, pairs]) => [name, pairs.map(([, text]) => text)] as const);
    const texts = signature.queryMembers(Object.fromEntries(byName)) as (readonly string[] | undefined)[];
    return signature.decoders.map((decode, i) => {
      const { name, type: parameterType } = type.parameters[i]!;
      const structure = structures[i];
      if (!structure) return decodeAt(decode, parameterType, undefined, name, room, inJson);
      const isBody = name === body?.name;
      return decodeAt(
        decode,
        parameterType,
        isBody ? bytes : jsonOfQuery(parameterType, structure, texts[i], name),
        name,
        room,
        (_, meant) => `Send ?${queryForm(name, structure, meant)}.`,
      );
    });
  }

  result(value: unknown, max = maxJson): unknown {
    const type = this.#answer;
    return type && this.#types.encoders.encode(type, value, max);
  }

  resultLength(value: unknown): number {
    const type = this.#answer;
    if (!type) return nullLength;
    this.#length ??= jsonSizeOf(type);
    return typeof this.#length === "number" ? this.#length : this.#length(value);
  }

  resultBytes(value: unknown, max: number): Uint8Array<ArrayBuffer> {
    const bytes = value instanceof Uint8Array ? value : Uint8Array.from(value as ArrayLike<number>);
    if (bytes.byteLength <= max) return bytes as Uint8Array<ArrayBuffer>;
    throw new HotcellError("result-too-large", `The value is longer than ${max} bytes.`, {
      limit: max,
      actual: bytes.byteLength,
      remedy: "Return less at a time.",
    });
  }

  error(payload: unknown, max = maxJson): unknown {
    const err = errType(this.type.result);
    return err && this.#types.encoders.encode(err, payload, max);
  }

  get #signature(): Signature {
    this.#made ??= makeSignature(this.type, this.#types.decoders);
    return this.#made;
  }
}

/** True where it can be called with JSON at all: resources have none. */
export function takesJson({ parameters, result }: FunctionType): boolean {
  return !usesResources([...parameters.map(({ type }) => type), ...(result ? [result] : [])]);
}

/** True where two pieces of JSON data are equal; the order of members is nothing. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((element, i) => sameJson(element, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

// ---- Signatures

interface Signature {
  /** Weight of the parameters, without what their strings and lists point at. */
  readonly weight: number;
  readonly decoders: readonly Decoder[];
  readonly members: (json: JsonObject) => unknown[];
  /** The same for those that come as query parameters. */
  readonly queryMembers: (json: JsonObject) => unknown[];
}

function makeSignature(type: FunctionType, decoders: Decoders): Signature {
  const types = type.parameters.map((parameter) => parameter.type);
  if (!takesJson(type)) {
    throw new HotcellError(
      "not-callable",
      "A function that takes or returns resources can't be called with JSON.",
      {
        actual: briefFunctionType(type),
        remedy:
          "Call it in a program of your own: open(…), lookup(…), and as(String(symbol)), which gives resources as objects.",
      },
    );
  }
  const names = type.parameters.map((parameter) => parameter.name);
  const reader = (wanted: () => string) =>
    memberReader(names, "parameter", (got, remedy) => {
      const shown = briefFunctionType(type);
      return new HotcellError("bad-argument", `Expected the arguments of ${shown}, got ${got}.`, {
        expected: shown,
        actual: got,
        remedy: `${remedy} Send ${wanted()}.`,
      });
    });
  const weight = types.reduce((sum, parameter) => sum + weightOf(parameter), 0);
  return {
    decoders: types.map((parameter) => decoders.of(parameter)),
    weight,
    members: reader(() => argumentForms(type)),
    queryMembers: reader(() => queryForms(type)),
  };
}

function usesResources(types: readonly ValueType[]): boolean {
  return structuresOf(types)
    .values()
    .some(({ kind }) => kind === "own" || kind === "borrow");
}

function takeRoom(room: ValueRoom, bytes: number): void {
  try {
    room.take(bytes);
  } catch (thrown) {
    throw thrown instanceof NoRoom ? thrown.error : thrown;
  }
}

/** Arguments that came as JSON; `nameOf` a parameter says where it was found. Written out, as most calls have few and small ones. */
function decoded(
  { decoders }: Signature,
  { parameters }: FunctionType,
  given: readonly unknown[],
  room: ValueRoom,
  nameOf: (i: number) => string,
): unknown[] {
  const values: unknown[] = [];
  let i = 0;
  try {
    for (; i < decoders.length; i++) values.push(decoders[i]!(given[i], room));
  } catch (thrown) {
    throw undecoded(thrown, parameters[i]!.type, nameOf(i), inJson);
  }
  return values;
}

function undecoded(thrown: unknown, type: ValueType, path: string, wanted: Wanted): unknown {
  return thrown instanceof NoRoom ? thrown.error : rejection(resolve(type), path, thrown, wanted);
}

function decodeAt(
  decode: Decoder,
  type: ValueType,
  json: unknown,
  path: string,
  room: ValueRoom,
  wanted: Wanted,
): unknown {
  try {
    return decode(json, room);
  } catch (thrown) {
    throw undecoded(thrown, type, path, wanted);
  }
}

const inJson: Wanted = (type, meant) => `In JSON: ${formsOf(type, meant)}.`;

// ---- Bytes

/** The one parameter that a body of bytes is. */
function bodyParameter(type: FunctionType): NamedValue {
  const takers = bytesParameters(type);
  const [taker] = takers;
  if (taker && takers.length === 1) return taker;
  throw new HotcellError(
    "unsupported-media-type",
    taker
      ? "Bytes are taken where one parameter is a list<u8>, and the function has more."
      : "Bytes are taken where a parameter is a list<u8>, and the function has none.",
    {
      actual: "application/octet-stream",
      expected: "application/json",
      remedy: `The function is ${briefFunctionType(type)}. Send ${argumentForms(type)} as application/json.`,
    },
  );
}

function givenTwice(name: string): HotcellError {
  return new HotcellError("bad-argument", `${name}: given in the body and in the query.`, {
    subject: name,
    remedy: `Leave ?${name} out: the body is that parameter.`,
  });
}

// ---- Queries

/** True for an option that the query leaves out, whatever it is of: a version before had no such parameter. */
function mayBeLeftOut({ name, type }: NamedValue, query: URLSearchParams): boolean {
  return resolve(type).kind === "option" && !query.has(name) && !query.has(camelCase(name));
}

/** A parameter as a query has it. Base64 has two alphabets, and of one a query would read `+` as a space. */
function queryForm(name: string, structure: Structure, meant?: string): string {
  if (structure.kind !== "list") return `${name}=${meant ?? exampleText(structure)}`;
  const element = withoutOption(structure.element);
  if (isBytes(structure)) return `${name}=aGk (base64, with - and _ for + and /)`;
  return `${name}=${exampleText(element)}&${name}=${exampleText(element)}`;
}

function exampleText(scalar: Structure): string {
  const json = exampleOf(scalar);
  return encodeURIComponent(json.startsWith('"') ? (JSON.parse(json) as string) : json);
}

/** All parameters that a query needs, up to some. */
function queryForms({ parameters }: FunctionType): string {
  const forms = parameters.slice(0, 8).flatMap(({ name, type }) => {
    const structure = queryStructure(type);
    return structure ? queryForm(name, structure) : [];
  });
  return parameters.length === 0 ? "no query" : `?${forms.join("&")}`;
}

/** The JSON that the texts of a parameter stand for; what is malformed stays text, for the decoder to refuse. */
function jsonOfQuery(
  type: ValueType,
  structure: Structure,
  texts: readonly string[] | undefined,
  name: string,
): unknown {
  const isList = structure.kind === "list";
  const element = isList ? withoutOption(structure.element) : structure;
  if (!texts) return isList && resolve(type).kind === "list" ? [] : undefined;
  if (isList && !isBytes(structure)) return texts.map((text) => jsonOfText(element, text));
  if (texts.length === 1) return isList ? texts[0] : jsonOfText(element, texts[0]!);
  throw new HotcellError("bad-argument", `${name}: expected one value, got ${texts.length}.`, {
    subject: name,
    expected: briefType(type),
    actual: texts.length,
    remedy: `Send ?${queryForm(name, structure)}.`,
  });
}

const integerText = /^-?\d{1,10}$/;
const numberText = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function jsonOfText(type: Structure, text: string): unknown {
  switch (type.kind) {
    case "bool":
      return text === "true" ? true : text === "false" ? false : text;
    case "u8":
    case "s8":
    case "u16":
    case "s16":
    case "u32":
    case "s32":
      return integerText.test(text) ? Number(text) : text;
    case "f32":
    case "f64":
      return numberText.test(text) ? Number(text) : text;
    default:
      return text;
  }
}
