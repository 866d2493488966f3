/** The process's end of functions that are beside it: a capability whose functions ask the host. */
import type { Capability, Member } from "../../../capabilities/capability.ts";
import { suspending } from "../../../engine/engine.ts";
import { ComponentError } from "../../../errors.ts";
import { hostCosts } from "../../../fuel-prices.ts";
import { type Interface, resolve, type World } from "../../../wit/model.ts";
import { camelCase } from "../../../wit/wit-names.ts";
import { codecOf, writeArguments } from "../value-codec.ts";
import {
  type BesideFunction,
  type BesideInterface,
  besideFunctions,
  besideName,
  nameOf,
  pack,
  unpack,
} from "./beside-functions.ts";

/** Capability of those interfaces. That they are granted was decided in the host: here all of them are free. */
export function besideCapability(world: World, interfaces: readonly BesideInterface[]): Capability {
  const ids = interfaces.map(({ id }) => id);
  const functions = besideFunctions(world, ids);
  const names = [...new Set(ids.map(nameOf))];
  return {
    name: besideName,
    offers: names.map((name) => ({ name, supports: () => true, versions: "any", free: true })),
    wit: {},
    types: typesOf(world, ids),
    backends: [besideName],
    prices: Object.fromEntries(interfaces.map(({ id, prices }) => [id, crossing(prices)] as const)),
    bind: () => ({
      supply(cell) {
        const backend = cell.backend(besideName);
        const asker = (each: BesideFunction) => {
          const ask = (args: readonly unknown[]) =>
            backend.ask(
              each.key,
              pack((out) => writeArguments(each.type, out, args)),
            );
          return suspending((...args: unknown[]) =>
            ask(args).then((answer) => readResult(each, answer as Uint8Array)),
          );
        };
        const members = (of: string) =>
          functions
            .filter(({ id }) => id === of)
            .map((each): [string, Member] => [camelCase(each.name), asker(each)]);
        return { interfaces: Object.fromEntries(ids.map((id) => [id, Object.fromEntries(members(id))])) };
      },
    }),
  };
}

/** Types by id, each version its own: they are the component's, which the host has held against those that it has. */
function typesOf(world: World, ids: readonly string[]): Record<string, Interface> {
  return Object.fromEntries(
    world.imports.flatMap((item) =>
      item.kind === "interface" && ids.includes(item.name) ? [[item.name, item.interface] as const] : [],
    ),
  );
}

/** Prices with that of the way to the host and back. */
function crossing(prices: BesideInterface["prices"]): BesideInterface["prices"] {
  return Object.fromEntries(
    Object.entries(prices).map(([name, { call, byte = 0 }]) => [
      name,
      { call: call + hostCosts.ask, byte: byte + hostCosts.askByte },
    ]),
  );
}

/** The ok part of a result, thrown where it is an error, as host functions have it. */
function readResult({ key, type }: BesideFunction, answer: Uint8Array): unknown {
  const { result } = type;
  if (!result) return undefined;
  const value = unpack(answer, (from) => codecOf(result).read(from));
  if (resolve(result).kind !== "result") return value;
  const { tag, val } = value as { tag: "ok" | "err"; val: unknown };
  if (tag === "err") throw new ComponentError(val, `${key} returned an error.`, { subject: key });
  return val;
}
