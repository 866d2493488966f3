import * as v from "valibot";
import type { LinkedCall, PluginCalls } from "../../backends/plugin-calls.ts";
import { type HostPrice, suspendingByChance } from "../../engine/engine.ts";
import { hostCosts } from "../../fuel-prices.ts";
import { functionsIn } from "../../wit/model.ts";
import { camelCase, parseInterfaceId } from "../../wit/wit-names.ts";
import type { Capability, DeploymentContext, LinkedInterface } from "../capability.ts";
import type { GrantReach } from "../grant-reach.ts";
import type { LinkedNames } from "./linked-names.ts";

const pluginName = /^[a-z0-9][a-z0-9-]{0,62}$/;

const schema = v.record(
  v.pipe(
    v.string(),
    v.check((name) => parseInterfaceId(name) !== undefined, "an interface, such as acme:tax/rates"),
  ),
  v.pipe(v.string(), v.regex(pluginName, "a plugin's name")),
);

/**
 * Links to other plugins: imports that are satisfied by what others export, each by the plugin's name. Types are held
 * against each other by the registry, which knows what is deployed.
 */
export const plugins: Capability<LinkedNames> = {
  name: "plugins",
  grant: {
    allows: "calls of functions of other plugins",
    settings: schema,
    within: (less, granted) => Object.entries(less).every(([name, plugin]) => granted[name] === plugin),
    reaches: (links) => [...new Set(Object.values(links))].map(reachOf),
  },
  offers: [],
  wit: {},
  prices: {},
  beside: true,
  bind(_settings, { plugin, linked, plugins: calls, figure }) {
    const bound = linked.map((link) => ({
      link,
      functions: calls ? functionsOf(link, plugin, calls, figure) : [],
    }));
    return {
      prices: Object.fromEntries(linked.map((link) => [link.id, pricesOfLink(link)])),
      supply(cell) {
        /** Made when a call has to wait: most don't. */
        let ending: AbortController | undefined;
        const end = () => {
          ending?.abort();
          ending = undefined;
        };
        const signal = () => {
          ending ??= new AbortController();
          return ending.signal;
        };
        const interfaces = bound.map(({ link, functions }) => {
          const members = functions.map(({ name, call }) => {
            const linkedFunction = (...args: unknown[]) => call(args, cell.call, signal);
            return [camelCase(name), suspendingByChance(linkedFunction)] as const;
          });
          return [link.id, Object.fromEntries(members)] as const;
        });
        return { interfaces: Object.fromEntries(interfaces), reset: end, release: end };
      },
    };
  },
};

interface BoundFunction {
  readonly name: string;
  readonly call: LinkedCall;
}

function functionsOf(
  { id, plugin: to, interface: own }: LinkedInterface,
  from: string,
  calls: PluginCalls,
  figure: DeploymentContext["figure"],
): BoundFunction[] {
  return functionsIn(own).map(({ name, type }) => ({
    name,
    call: calls.bind({ from, to, interface: id, name, type }, figure),
  }));
}

function pricesOfLink({ interface: own }: LinkedInterface): Readonly<Record<string, HostPrice>> {
  return Object.fromEntries(functionsIn(own).map(({ name }) => [name, { call: hostCosts.link }]));
}

/** Whoever may call one of its functions may call all of them. */
function reachOf(plugin: string): GrantReach {
  return {
    plugin,
    what: "functions",
    permission: "call",
    leave: ({ linkable }, to) => linkable(to),
    leaving: (to) => ({ linkable: [to] }),
  };
}
