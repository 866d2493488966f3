/** Addresses at which a plugin serves HTTP, as answers about it tell them. */
import { hostName } from "../../access/origin.ts";
import type { PluginRoute } from "../../registry/routing/route-setting.ts";
import type { PluginDetails } from "../../registry/told-plugins.ts";

/** Listener behind which plugins' pages are. */
export interface PluginsListener {
  /** Address by which this machine reaches it. */
  readonly url: string;
  /** Nobody else reaches it. */
  readonly loopback: boolean;
  /** The API is behind it too, so that a path alone says where. */
  readonly shared: boolean;
  /** Names of the host, which are no plugin's. */
  readonly names: readonly string[];
}

const exportsHandler = /^\s*export wasi:http\/incoming-handler@0\.2\.\d+;/m;
/** Names of plugins that are labels of host names too. */
const hostLabel = /^(?!xn--)[a-z0-9-]*[a-z0-9]$/;

type Described = Pick<PluginDetails, "world" | "lostRoutes"> & {
  readonly settings: { readonly routes?: readonly PluginRoute[] };
};

/** References, its own origins first; undefined for a plugin that serves no HTTP. What a `*` stands for is left out. */
export function servedAt(
  plugin: string,
  { world, settings: { routes = [] }, lostRoutes = [] }: Described,
  { url, loopback, shared, names }: PluginsListener,
): string[] | undefined {
  if (!exportsHandler.test(world)) return undefined;
  const ownName = `${plugin}.localhost`;
  const hasOwn = loopback && hostLabel.test(plugin) && !names.some((name) => hostName(name) === ownName);
  const base = shared ? "" : url;
  const held = routes.filter(
    ({ path, host }) => !lostRoutes.some(({ route }) => route.path === path && route.host === host),
  );
  const written = held.map(({ path, host }) => ({ host, path: path.replace(/\*$/, "") }));
  return [
    ...(hasOwn ? [`http://${ownName}:${new URL(url).port || 80}/`] : []),
    ...written.flatMap(({ host, path }) => (host === undefined ? [] : [`//${host}${path}`])),
    ...[`/http/${plugin}/`, ...written.flatMap(({ host, path }) => (host === undefined ? [path] : []))].map(
      (path) => base + path,
    ),
  ];
}
