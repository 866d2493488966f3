/** Part of a client that asks all plugins of a contract: the functions of hook points, by the names of both. */
import { isObject, type JsonObject } from "../../text/json-value.ts";
import { type ClientNames, memberNames } from "./client-names.ts";
import { comment, indented, memberOf, propertyName, quoted } from "./schema-types.ts";

interface HookFunction {
  readonly contract: string;
  readonly path: string;
  readonly docs: unknown;
  readonly args: JsonObject;
  readonly takesArguments: boolean;
  readonly needsArguments: boolean;
  readonly modes: readonly string[];
  readonly value: unknown;
  readonly payload: unknown;
}

/** Text of what hook points need besides; there where a document has some. */
const hookRuntime = `/** Answer of one plugin: a value, or the error that a call of it alone is answered with. */
export type HookAnswer<Value, Payload> =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: Problem & { readonly payload?: Payload } };

export interface HookOptions extends CallOptions {
  /** Milliseconds after which nobody waits any more for who has not answered. */
  readonly deadline?: number;
}

type Asker = <Value, Payload>(
  path: string,
  mode: string,
  args: object,
  options: HookOptions | undefined,
  form?: CallForm,
) => Promise<Outcome<Value, Payload>>;

function asker(call: Sender): Asker {
  return (path, mode, args, options, form) => {
    const query = new URLSearchParams({ mode });
    if (options?.deadline !== undefined) query.set("deadline", String(options.deadline));
    return call(\`\${path}?\${query}\`, args, options, form);
  };
}
`;

/** The function \`createHooks\`; undefined where the document has no hook points. Types of arguments are declared by \`declare\`. */
export function hooksObject(
  paths: JsonObject,
  names: ClientNames,
  typeOf: (schema: unknown) => string,
  declare: (name: string, type: string) => void,
): string | undefined {
  const contracts = Map.groupBy(hookFunctions(paths), ({ contract }) => contract);
  if (contracts.size === 0) return undefined;
  const members = memberNames([...contracts.keys()]);
  const objects = [...contracts].map(([contract, own]) => {
    const called = memberNames(own.map(({ path }) => path));
    const functions = own.map((one) => {
      const args = names.type("hook", contract, one.path, "arguments");
      if (one.takesArguments) declare(args, typeOf(one.args));
      return asking(one, propertyName(called.get(one.path)!), args, typeOf);
    });
    return `    ${propertyName(members.get(contract)!)}: {\n${functions.join("\n")}\n    },`;
  });
  return `${hookRuntime}
/** Hook points: the functions of contracts, each asked of all plugins that are held to one. */
export function createHooks(options: ClientOptions) {
  const ask = asker(sender(options));
  return {
${objects.join("\n")}
  };
}

export type Hooks = ReturnType<typeof createHooks>;
`;
}

/** One function, by the modes in which its plugins can be asked. */
function asking(
  { contract, path, docs, args, takesArguments, needsArguments, modes, value, payload }: HookFunction,
  name: string,
  type: string,
  typeOf: (schema: unknown) => string,
): string {
  const inner = "          ";
  const given = indented(typeOf(value), inner);
  const error = payload === undefined ? "undefined" : indented(typeOf(payload), inner);
  const answer = `HookAnswer<${given}, ${error}>`;
  const outcomes: Readonly<Record<string, string>> = {
    collect: `Readonly<Record<string, ${answer}>>`,
    first: `({ readonly plugin: string } & ${answer}) | null`,
    chain: `{ readonly value: ${given} }`,
  };
  const parameter = takesArguments ? `args: ${type}${needsArguments ? "" : " = {}"}, ` : "";
  const target = quoted(`/call/@${contract}/${path}`);
  // By position: the first goes from plugin to plugin.
  const order = `, { order: ${quoted(Object.keys(memberOf(args, "properties")))} }`;
  const asked = modes.flatMap((mode) => {
    const outcome = outcomes[mode];
    if (outcome === undefined) return [];
    return `        ${mode}: (${parameter}options?: HookOptions): Promise<Outcome<${outcome}, ${error}>> =>
          ask(${target}, ${quoted(mode)}, ${takesArguments ? "args" : "{}"}, options${mode === "chain" ? order : ""}),`;
  });
  return `${comment(docs, "      ")}      ${name}: {\n${asked.join("\n")}\n      },`;
}

function hookFunctions(paths: JsonObject): HookFunction[] {
  return Object.entries(paths).flatMap(([written, item]) => {
    const [, contract, path] = /^\/call\/@([a-z0-9-]+)\/([^{}]+)$/.exec(written) ?? [];
    const post = memberOf(item, "post");
    if (contract === undefined || path === undefined || !isObject(item) || !("post" in item)) return [];
    const json = (message: unknown) =>
      memberOf(memberOf(memberOf(message, "content"), "application/json"), "schema");
    const { anyOf } = json(memberOf(memberOf(post, "responses"), "200"));
    const answers = (Array.isArray(anyOf) ? anyOf : []).filter(isObject);
    const [good, bad] = choicesOf(
      memberOf(
        answers.find(({ title }) => title === "collect"),
        "additionalProperties",
      ),
    );
    const args = json(memberOf(post, "requestBody"));
    return {
      ...{ contract, path, args },
      docs: typeof post.description === "string" ? post.description : post.summary,
      takesArguments: Object.keys(memberOf(args, "properties")).length > 0,
      needsArguments: Array.isArray(args.required) && args.required.length > 0,
      modes: answers.map(({ title }) => String(title)),
      value: memberOf(good, "properties").value,
      payload: payloadOf(memberOf(bad, "properties").error),
    };
  });
}

function choicesOf({ anyOf }: JsonObject): readonly unknown[] {
  return Array.isArray(anyOf) ? anyOf : [];
}

function payloadOf(error: unknown): unknown {
  const parts = isObject(error) && Array.isArray(error.allOf) ? error.allOf : [];
  return parts.map((part) => memberOf(part, "properties").payload).find((payload) => payload !== undefined);
}
