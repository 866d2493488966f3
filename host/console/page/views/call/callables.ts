/** Functions of a plugin that can be called over HTTP, as the host's document of it tells them. */
import { useAnswer } from "../../api/loaded.ts";
import type { Definitions, TypeSchema } from "./form-shape.ts";

export interface CallableFunction {
  /** Parts of the path behind the plugin's name. */
  readonly path: readonly string[];
  /** The same as text, which `calls.json` has too. */
  readonly name: string;
  readonly type: string;
  readonly docs: string | undefined;
  /** Parameters by name, as an object; undefined where there are none. */
  readonly parameters: TypeSchema | undefined;
}

interface ApiDocument {
  readonly paths: Readonly<Record<string, { readonly post?: Operation }>>;
  readonly components?: { readonly schemas?: Definitions };
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly "x-wit"?: string;
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: TypeSchema }>> };
}

/** Undefined until the host has answered. */
export function useCallables(plugin: string): {
  readonly functions: readonly CallableFunction[] | undefined;
  readonly definitions: Definitions;
  readonly problem: unknown;
} {
  const { answer, problem } = useAnswer<ApiDocument>(["openapi.json"], { plugin });
  const { paths, components } = answer?.data ?? {};
  return { functions: paths && functionsOf(plugin, paths), definitions: components?.schemas ?? {}, problem };
}

function functionsOf(plugin: string, paths: ApiDocument["paths"]): readonly CallableFunction[] {
  const prefix = `/call/${plugin}/`;
  return Object.entries(paths).flatMap(([at, { post }]) => {
    if (!post || !at.startsWith(prefix)) return [];
    const path = at.slice(prefix.length).split("/").map(decodeURIComponent);
    const type = post["x-wit"] ?? "";
    const about = [post.summary, post.description].filter((text) => text !== undefined && text !== type);
    const parameters = post.requestBody?.content?.["application/json"]?.schema;
    return [{ path, name: path.join("/"), type, docs: about.join("\n") || undefined, parameters }];
  });
}
