/** The interfaces that the host supplies, as types: what an import is compared with. */

import type { FunctionType, Interface } from "../wit/model.ts";
import { parsePackage } from "../wit/text/declaration.ts";
import { cli } from "./cli/cli-wit.ts";
import { config } from "./cli/config-wit.ts";
import { clocks } from "./clocks/clocks-wit.ts";
import { filesystem } from "./filesystem/filesystem-wit.ts";
import { http } from "./http/http-wit.ts";
import { io } from "./io/io-wit.ts";
import { logging } from "./logging/logging-wit.ts";
import { random } from "./random/random-wit.ts";
import { sockets } from "./sockets/sockets-wit.ts";

/** WIT by package. */
export const packages: Readonly<Record<string, string>> = {
  "wasi:cli": cli,
  "wasi:clocks": clocks,
  "wasi:config": config,
  "wasi:filesystem": filesystem,
  "wasi:http": http,
  "wasi:io": io,
  "wasi:logging": logging,
  "wasi:random": random,
  "wasi:sockets": sockets,
};

const parsed = new Map<string, ReadonlyMap<string, Interface>>();

/** `wasi:clocks/wall-clock` → its types and functions, of the newest version known; parsed when first asked for. */
export function hostInterface(name: string): Interface | undefined {
  const namespace = name.slice(0, name.indexOf("/"));
  const text = Object.hasOwn(packages, namespace) ? packages[namespace] : undefined;
  if (text === undefined) return undefined;
  let interfaces = parsed.get(namespace);
  if (!interfaces) {
    const found = parsePackage(text, hostInterface);
    interfaces = new Map([...found].map(([id, iface]) => [id.slice(0, id.indexOf("@")), iface]));
    parsed.set(namespace, interfaces);
  }
  return interfaces.get(name);
}

export function functionsOf({ items }: Interface): { readonly name: string; readonly type: FunctionType }[] {
  return items.flatMap((item) => (item.kind === "function" ? [item] : []));
}
