import { HotcellError, nearest } from "../errors.ts";
import { diffWorlds } from "../wit/diff.ts";
import type { Registry } from "./api.ts";
import { DeployedPlugin, type PluginContext, pluginNotFound } from "./plugin.ts";

const pluginName = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A registry in memory: deployments live as long as the process. */
export function createRegistry(context: PluginContext): Registry {
  const plugins = new Map<string, DeployedPlugin>();
  let closing = false;

  const deployed = () => [...plugins.values()].filter((plugin) => plugin.live !== undefined);
  const find = (name: string): DeployedPlugin => {
    const plugin = plugins.get(name);
    if (plugin?.live) return plugin;
    throw pluginNotFound(
      name,
      nearest(
        name,
        deployed().map((p) => p.name),
      ),
    );
  };
  const refuseWhenClosing = () => {
    if (closing)
      throw new HotcellError("closed", "The host is shutting down.", {
        remedy: "Try again on another host.",
      });
  };

  return {
    async deploy(name, bytes, options = {}) {
      refuseWhenClosing();
      checkName(name);
      let plugin = plugins.get(name);
      if (!plugin) {
        plugin = new DeployedPlugin(name, context);
        plugins.set(name, plugin);
      }
      try {
        return await plugin.deploy(bytes, options);
      } finally {
        // A first upload that was refused leaves nothing behind.
        if (plugin.untouched && plugins.get(name) === plugin) plugins.delete(name);
      }
    },
    async configure(name, patch, preconditions = {}) {
      refuseWhenClosing();
      return find(name).configure(patch, preconditions);
    },
    async rollback(name, to, preconditions = {}) {
      refuseWhenClosing();
      return find(name).rollback(to, preconditions);
    },
    async remove(name, preconditions = {}) {
      refuseWhenClosing();
      return find(name).remove(preconditions);
    },
    list: () =>
      deployed()
        .map((plugin) => plugin.summary())
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    details: (name) => find(name).details(),
    versions: (name) => find(name).versions(),
    world: (name, version) => find(name).version(version).component.world,
    wasm: (name, version) => find(name).version(version).component.bytes,
    diff(name, from, to) {
      const plugin = find(name);
      return diffWorlds(plugin.version(from).component.world, plugin.version(to).component.world);
    },
    callable(name, path) {
      const live = plugins.get(name)?.live ?? find(name).live;
      if (!live) throw pluginNotFound(name);
      return live.callable(path);
    },
    async close() {
      closing = true;
      await Promise.all([...plugins.values()].map((plugin) => plugin.close()));
    },
  };
}

function checkName(name: string): void {
  if (pluginName.test(name)) return;
  throw new HotcellError("bad-plugin-name", `"${name.slice(0, 80)}" can't be a plugin's name.`, {
    subject: name.slice(0, 80),
    expected: "1 to 63 of a-z, 0-9 and -, not starting with -",
    remedy: "Choose another name.",
  });
}
