/** Candidates for the word at the cursor, as `completion-scripts.ts` has them asked for. */

import { KnownHosts } from "../../remote/known-hosts.ts";
import type { Environment } from "../../remote/local-host.ts";
import { ask, type RemoteHost, remoteHost } from "../../remote/remote-host.ts";
import { deploymentsOf, detailsOf } from "../../remote/remote-plugin.ts";
import { clockTime } from "../../shown/moment.ts";
import type { Completable, Verb, VerbEntry } from "../verb.ts";
import { grantable } from "./grant-words.ts";

export interface Candidate {
  readonly value: string;
  readonly about?: string;
}

const files: Candidate = { value: ":files" };

/** Values that shells put into a line as they are: a host says them, and nothing in them may be carried out. */
const plain = /^[\w@%+=:,./-]+$/;

/** Kinds of the values that options take, by their names; of others nobody knows. */
const ofOptions: Readonly<Record<string, Completable>> = {
  url: "host",
  use: "host",
  plugin: "plugin",
  breaks: "plugin",
  ...Object.fromEntries(
    ["file", "out", "settings", "checks", "files", "lines", "bytes", "data", "plugins"].map((each) => [
      each,
      "file",
    ]),
  ),
  grant: grantable,
  remove: grantable,
  scope: ["read", "call", "data", "deploy", "configure", "grant", "admin"],
  level: ["trace", "debug", "info", "warn", "error", "critical"],
};

/** Candidates for the last of the words behind `hotcell`. Nothing that fails is told: nobody would know what to do about it there. */
export async function candidates(
  words: readonly string[],
  verbs: ReadonlyMap<string, VerbEntry>,
  environment: Environment,
): Promise<Candidate[]> {
  const [name = "", ...rest] = words;
  const entry = rest.length === 0 ? undefined : verbs.get(name);
  const found =
    rest.length === 0
      ? [...verbs].map(([value, { summary }]) => ({ value, about: summary }))
      : entry
        ? await ofVerb(await entry.load(), rest, environment).catch(() => [])
        : [];
  const last = words.at(-1) ?? "";
  return found.filter((each) => each === files || (each.value.startsWith(last) && plain.test(each.value)));
}

async function ofVerb(
  { options, arguments: kinds = [], help }: Verb,
  words: readonly string[],
  environment: Environment,
): Promise<readonly Candidate[]> {
  const given = words.slice(0, -1);
  const optionOf = (word: string | undefined): string | undefined => {
    if (word === undefined || !/^--?[a-z]/.test(word)) return undefined;
    return Object.keys(options).find((each) => word === `--${each}` || word === `-${options[each]!.short}`);
  };
  const taking = optionOf(given.at(-1));
  if (taking !== undefined && options[taking]!.type === "string")
    return ofKind(ofOptions[taking] ?? "other", [], given, environment);
  if (words.at(-1)!.startsWith("-")) {
    const left = Object.keys(options).filter(
      (each) => options[each]!.multiple || !given.includes(`--${each}`),
    );
    return left.map((each) => ({ value: `--${each}`, ...aboutOption(help, each) }));
  }
  const before = given.filter((word, i) => {
    const option = optionOf(given[i - 1]);
    return !word.startsWith("-") && (option === undefined || options[option]!.type !== "string");
  });
  const again = kinds.at(-1) === "..." && before.length >= kinds.length - 1;
  return ofKind((again ? kinds.at(-2) : kinds[before.length]) ?? "other", before, given, environment);
}

/** Line that the help has of an option. */
function aboutOption(help: string, name: string): { readonly about?: string } {
  const [, about] = new RegExp(`^ +(?:-\\w, )?--${name}\\b.*? {2,}(\\S.*)$`, "m").exec(help) ?? [];
  return about === undefined ? {} : { about: about.replace(/ {2,}.*/, "") };
}

async function ofKind(
  kind: Completable,
  before: readonly string[],
  given: readonly string[],
  environment: Environment,
): Promise<readonly Candidate[]> {
  if (typeof kind === "object") return kind.map((value) => ({ value }));
  const host = () => remoteHost(givenFor("--url", given), givenFor("--token", given), environment);
  const [plugin = ""] = before;
  switch (kind) {
    case "file":
      return [files];
    case "host":
      return new KnownHosts(environment).all.map(([value, { url }]) => ({ value, about: url }));
    case "plugin":
      return pluginsOf(host());
    case "function":
      return (await detailsOf(host(), plugin)).functions.map((value) => ({ value: value.replace("#", "/") }));
    case "version":
      return revisionsOf(host(), plugin);
    default:
      return [];
  }
}

function givenFor(option: string, given: readonly string[]): string | undefined {
  const at = given.lastIndexOf(option);
  const joined = given.findLast((word) => word.startsWith(`${option}=`));
  return at < 0 ? joined?.slice(option.length + 1) : given[at + 1];
}

async function pluginsOf(host: RemoteHost): Promise<readonly Candidate[]> {
  const { plugins } = (await ask(host, "GET", "/plugins?limit=1000")) as {
    readonly plugins: readonly { readonly name: string; readonly revision: number }[];
  };
  return plugins.map(({ name, revision }) => ({ value: name, about: `revision ${revision}` }));
}

async function revisionsOf(host: RemoteHost, plugin: string): Promise<readonly Candidate[]> {
  const { deployments } = await deploymentsOf(host, plugin, { limit: "50" });
  return deployments
    .filter(({ version }) => version)
    .map(({ revision, at, outcome }) => ({ value: `${revision}`, about: `${outcome} ${clockTime(at)}` }));
}
