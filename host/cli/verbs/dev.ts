import { shownPath } from "../../text/paths.ts";
import { pluginFolder } from "../build/plugin-folder.ts";
import { SourceChanges } from "../build/source-changes.ts";
import { parseLine, positionals } from "../command-line.ts";
import { DevSession } from "../remote/dev-session.ts";
import { remoteHost } from "../remote/remote-host.ts";
import { stopSignal } from "../server/stop-signal.ts";
import { print, printJsonLine } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = {
  url: { type: "string" },
  token: { type: "string" },
  name: { type: "string" },
  "allow-breaking": { type: "boolean", default: false },
  release: { type: "boolean", default: false },
  world: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

export const dev: Verb = {
  help: `Usage: hotcell dev [DIR] [options]

Builds the plugin in DIR (default: this folder) and uploads it to a running host with what is in files/, now and whenever a
file of wit/, assembly/ or files/, asconfig.json, calls.json or requests.json changes. The plugin gets their settings, with the real clock and real
randomness. A build that fails or is refused leaves the version before live.

  --url URL          the host                          HOTCELL_HOST and HOTCELL_PORT, else the one that serves
                                                       from the data folder, else http://127.0.0.1:8787
  --token TOKEN      one of scope deploy; to change    HOTCELL_TOKEN, else the one in the data folder
                     settings also configure, grant
  --name NAME        the plugin's name on the host     the folder's
  --allow-breaking   replace the live version also where its callers would notice
  --release          asconfig.json's target release: slower to build, faster to run
  --world NAME       the world to build for, where wit/ has several
  --json             for programs: a line of JSON for each version that is live, and on standard error for what is wrong

The data folder is HOTCELL_DATA, else .hotcell in this folder or one above; one that is another user's has
to be named. A token on the command line is seen by other users of the machine; prefer HOTCELL_TOKEN.

Example: hotcell serve & hotcell dev greet`,
  options,
  arguments: ["file"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [folder] = positionals(given, "DIR");
    const plugin = pluginFolder(folder);
    const host = remoteHost(values.url, values.token, process.env);
    const session = new DevSession(plugin, {
      host,
      name: values.name ?? plugin.name,
      allowBreaking: values["allow-breaking"],
      debug: !values.release,
      world: values.world,
      json: values.json,
    });
    using changes = await SourceChanges.of(plugin);
    const stopped = stopSignal();
    try {
      const watched = { event: "watching", folder: plugin.path, url: host.url, plugin: session.name };
      if (values.json) printJsonLine(JSON.stringify(watched));
      else
        print(`Watching ${shownPath(plugin.path)} for ${host.url}/plugins/${session.name}. Ctrl-C stops it.`);
      await Promise.race([stopped, session.follow(changes)]);
      return 0;
    } finally {
      session.close();
    }
  },
};
