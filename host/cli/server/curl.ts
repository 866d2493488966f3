/** Command lines that work when pasted into a shell. */

import type { RunningServer } from "../../server.ts";
import { isObject } from "../../text/json-value.ts";
import { shownPath } from "../../text/paths.ts";
import { shellWord } from "../../text/shell-word.ts";
import { liveSettings } from "../build/live-settings.ts";
import type { Example } from "./examples.ts";

/** Lines to try on a server that runs the examples, each with a title. */
export function curlLines(
  server: RunningServer,
  examples: readonly Example[],
): { title: string; line: string }[] {
  const { url, privateCalls } = server;
  const { url: api, loopback } = server.api ?? server;
  const authorization = `-H ${tokenHeader(server)}`;
  const read = loopback ? "" : ` ${authorization}`;
  const call = privateCalls ? ` ${authorization}` : "";
  const lines = [{ title: "list the plugins", line: `curl${read} ${api}/plugins` }];

  const next = examples.find(({ build }) => build === 2);
  if (next) {
    lines.push(
      {
        title: `call ${next.plugin}`,
        line: `curl${call} ${url}/call/${next.plugin}/${next.calls[0]?.call}`,
      },
      {
        title: "replace it while it runs by its next build (then call it again)",
        line: uploadLine(server, next),
      },
    );
  }
  const shortest = shortestCall(examples);
  if (shortest) {
    const { plugin, call: path, body } = shortest;
    lines.push({
      title: `call ${plugin} with arguments`,
      line: `curl${call} -H 'Content-Type: application/json' -d ${shellWord(body)} ${url}/call/${plugin}/${path}`,
    });
  }
  const page = examples.flatMap(({ plugin, pages }) => pages.map((path) => ({ plugin, path })))[0];
  if (page) {
    lines.push({
      title: `ask ${page.plugin}, which serves HTTP itself`,
      line: `curl${call} ${shellWord(`${url}/http/${page.plugin}${page.path}`)}`,
    });
  }
  return lines;
}

/** Uploads one, with the grants that `npm start` gives it. */
export function uploadLine(server: RunningServer, { plugin, file, settings: asked }: Example): string {
  const { settings, grant } = liveSettings(asked);
  const query = grant.length > 0 ? `?${grant.map((name) => `grant=${name}`).join("&")}` : "";
  const target = shellWord(`${(server.api ?? server).url}/plugins/${plugin}${query}`);
  // What is left of grants that are given in the query says nothing.
  const sent = Object.entries(settings).filter(
    ([, value]) => !isObject(value) || Object.keys(value).length > 0,
  );
  if (sent.length === 0) {
    return `curl -T ${shellWord(pathOf(file))} -H ${tokenHeader(server)} -H 'Content-Type: application/wasm' ${target}`;
  }
  const field = `settings=${JSON.stringify(Object.fromEntries(sent))}`;
  return `curl -X PUT -F ${shellWord(`plugin=@${pathOf(file)}`)} -F ${shellWord(field)} -H ${tokenHeader(server)} ${target}`;
}

/** A given token is the owner's secret and not repeated: the shell fills it in. */
function tokenHeader({ admin }: RunningServer): string {
  if (admin.origin === "given") return '"Authorization: Bearer $HOTCELL_TOKEN"';
  return `'Authorization: Bearer ${admin.token}'`;
}

/** The shortest of the first calls in the examples' checks that have arguments and an answer. */
function shortestCall(examples: readonly Example[]) {
  return examples
    .filter(({ build }) => build === 1)
    .flatMap(({ plugin, calls }) => {
      const first = calls.find(({ args, returns }) => Object.keys(args).length > 0 && returns !== undefined);
      return first ? [{ plugin, call: first.call, body: JSON.stringify(first.args) }] : [];
    })
    .sort((a, b) => a.body.length - b.body.length)[0];
}

/** Relative to where the user is: npm runs scripts in the package's folder and says where it was called. */
function pathOf(file: string): string {
  return shownPath(file, process.env.INIT_CWD ?? process.cwd());
}
