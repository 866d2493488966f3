/** Sentences of the pages about plugins: in English, in Chinese. */
export const pluginStrings = {
  "plugins.title": ["Plugins", "插件"],
  "plugins.count": ["{n} plugin|{n} plugins", "{n} 个插件"],
  "plugin.tabs": ["Pages of this plugin", "此插件的页面"],
  "plugin.overview": ["Overview", "概览"],
  "plugin.missing": ["There is no plugin {name}", "没有插件 {name}"],
} as const satisfies Record<string, readonly [string, string]>;
