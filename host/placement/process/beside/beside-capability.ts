/** The process's end of functions that are beside it: a capability whose functions ask the host. */
import type { BackendClient } from "../../../backends/backend.ts";
import type { Capability, Member } from "../../../capabilities/capability.ts";
import type { HostObjects } from "../../../capabilities/kit/host-objects.ts";
import { type Handover, handoverOf, type ResourceHolder } from "../../../capabilities/own/own-resources.ts";
import { type HostFunction, suspending } from "../../../engine/engine.ts";
import { asHotcellError, ComponentError } from "../../../errors.ts";
import { hostCosts } from "../../../fuel-prices.ts";
import { type Interface, resolve, type World } from "../../../wit/model.ts";
import { camelCase, parseFunctionName } from "../../../wit/wit-names.ts";
import { type CodecOf, codecOf, writeArguments } from "../value-codec.ts";
import {
  type BesideFunction,
  type BesideInterface,
  besideFunctions,
  besideName,
  besideResources,
  nameOf,
  pack,
  unpack,
} from "./beside-functions.ts";
import { ObjectsThere } from "./objects-there.ts";

/** Capability of those interfaces. That they are granted was decided in the host: here all of them are free. */
export function besideCapability(world: World, interfaces: readonly BesideInterface[]): Capability {
  const ids = interfaces.map(({ id }) => id);
  const functions = besideFunctions(world, ids);
  const resources = besideResources(world, ids);
  const names = [...new Set(ids.map(nameOf))];
  return {
    name: besideName,
    offers: names.map((name) => ({ name, supports: () => true, versions: "any", free: true })),
    wit: {},
    types: typesOf(world, ids),
    backends: [besideName],
    prices: Object.fromEntries(interfaces.map(({ id, prices }) => [id, crossing(prices)] as const)),
    bind(_, deployment) {
      const objects =
        resources.length > 0 ? new ObjectsThere(resources, deployment.backend(besideName)) : undefined;
      return {
        supply(cell) {
          const backend = cell.backend(besideName);
          const members = (of: string) =>
            functions
              .filter(({ id }) => id === of)
              .map((each): [string, Member] => [
                memberName(each),
                asker(each, backend, objects, cell.objects),
              ]);
          return {
            interfaces: Object.fromEntries(
              ids.map((id) => [
                id,
                { ...Object.fromEntries(members(id)), ...objects?.ends(id, cell.objects) },
              ]),
            ),
          };
        },
      };
    },
  };
}

/** Name by which an engine finds it: what concerns a resource is called with numbers, for which there is no class. */
function memberName({ name }: BesideFunction): string {
  return parseFunctionName(name).kind === "free" ? camelCase(name) : name;
}

function asker(
  each: BesideFunction,
  backend: BackendClient,
  objects: ObjectsThere | undefined,
  held: HostObjects,
): HostFunction {
  const { key, type } = each;
  const { taken, given }: Partial<Handover> = objects ? handoverOf(type) : {};
  const holder: ResourceHolder = { objects: held, failed: (_, thrown) => asHotcellError(thrown) };
  const of = objects?.codecOf ?? codecOf;
  return suspending(async (...args: unknown[]) => {
    let ask = 0;
    const bytes = pack((out) => {
      ask = objects?.begin(out) ?? 0;
      writeArguments(type, out, args, of);
    });
    const asked = backend.ask(key, bytes);
    taken?.(args, holder);
    try {
      const value = readResult(each, (await asked) as Uint8Array, of);
      given?.(value, holder);
      return value;
    } catch (thrown) {
      if (!(thrown instanceof ComponentError)) objects?.unheard(ask);
      throw thrown;
    }
  });
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
function readResult({ key, type }: BesideFunction, answer: Uint8Array, of: CodecOf): unknown {
  const { result } = type;
  if (!result) return undefined;
  const value = unpack(answer, (from) => of(result).read(from));
  if (resolve(result).kind !== "result") return value;
  const { tag, val } = value as { tag: "ok" | "err"; val: unknown };
  if (tag === "err") throw new ComponentError(val, `${key} returned an error.`, { subject: key });
  return val;
}
