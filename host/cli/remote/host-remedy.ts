/** Remedies of a host's errors in the words of the command line: a host tells them for whoever speaks HTTP, or is a program. */

import type { ErrorCode } from "../../errors.ts";
import { shellWord } from "../../text/shell-word.ts";
import type { HostError } from "./host-error.ts";

/** Remedies that are others here, by their errors; undefined: the host's own, put into other words. */
const others: Partial<Record<ErrorCode, (problem: HostError["problem"]) => string | undefined>> = {
  "import-not-granted": ({ grants }) => {
    if (!Array.isArray(grants)) return undefined;
    const options = grants.map((grant) => `--grant ${shellWord(String(grant))}`).join(" ");
    return `Grant it: ${options}; or with settings of its own: --grant NAME='{…}'.`;
  },
  "data-kept": () =>
    "Say what becomes of them: --keep-data keeps them for what is deployed under the name again, --remove-data removes them for good.",
  "stale-revision": ({ subject }) =>
    `Look at what changed (hotcell history ${subject ?? "NAME"}), and do it again if you still mean it.`,
  "already-exists": ({ subject }) => `Deploy without --new to replace it; hotcell show ${subject ?? "NAME"}.`,
  unauthorized: ({ remedy }) =>
    /admin token that the host prints/.test(String(remedy))
      ? "Log in: hotcell login URL, with the token that the host prints when it starts, or one that hotcell token new makes. For scripts: HOTCELL_TOKEN."
      : undefined,
};

/** Words of the API, and what they are here. In this order: the longer ones first. */
const words: readonly (readonly [RegExp, string])[] = [
  [/ \(in code: (?:[^()]|\([^()]*\))*\)/g, ""],
  [/, or [\w.]+\((?:[^()]|\([^()]*\))*\) in code/g, ""],
  [/, or configure in code,/g, ""],
  [/; in code,? [^;]*$/g, "."],
  [/upload with (?=\?allow-breaking)/g, "deploy with "],
  [/Send it with (?=\?allow-)/g, "Do it with "],
  [/DELETE \/plugins\/([\w.-]+)\/rollout/g, "hotcell rollback $1 --rollout"],
  [/POST \/plugins\/([\w.-]+)\/rollback/g, "hotcell rollback $1"],
  [/PATCH \/plugins\/([\w.-]+) with (\{.*\})/g, "hotcell set $1 '$2'"],
  [/PATCH \/plugins\/([\w.-]+)/g, "hotcell set $1"],
  [/PUT \/plugins\/([\w.-]+)/g, "hotcell deploy FILE.wasm $1"],
  [/GET \/plugins\/([\w.-]+)\/(?:versions|deployments)(?![\w/])/g, "hotcell history $1"],
  [/GET \/plugins\/([\w.-]+)\/traps at that host/g, "hotcell traps $1 --url URL, with the URL of that host"],
  [/GET \/plugins\/([\w.-]+)\/wit/g, "hotcell show $1 --wit"],
  [/GET \/plugins\/([\w.-]+)(?![\w/])/g, "hotcell show $1"],
  [/GET \/plugins(?![\w/])/g, "hotcell ls"],
  [/POST \/call\/([\w.@-]+)\/…/g, "hotcell call $1 …"],
  [/GET \/contracts\/([\w-]+)\/wit\?version=(\d+)/g, "hotcell contract show $1@$2"],
  [/GET \/contracts\/([\w-]+)(?![\w/])/g, "hotcell contract show $1"],
  [/GET \/contracts(?![\w/])/g, "hotcell contract list"],
  [/ or GET \/tokens(?![\w/])/g, ""],
  [/GET \/events\?plugin=([\w.*-]+)&plugin=([\w.*-]+)/g, "hotcell events $1 $2"],
  [/\(\?plugin=([^()]*)\)/g, "($1)"],
  // What the host says in both ways.
  [/(hotcell [^();]+?)( lists them)? \(\1\)/g, "$1$2"],
];

const flags =
  /\?((?:allow-breaking|allow-state-loss|at-once|grant|breaks)(?:=[\w*.-]+)?(?:&[\w-]+=[\w*.-]+)*)/g;

/** Remedy of an error of a host's, at a terminal; undefined where it says nothing. */
export function remedyHere({ code, problem }: HostError): string | undefined {
  const other = others[code]?.(problem);
  if (other !== undefined) return other;
  return typeof problem.remedy === "string" ? inWordsOfLine(problem.remedy) : undefined;
}

function inWordsOfLine(remedy: string): string {
  const told = words.reduce((text, [api, line]) => text.replace(api, line), remedy);
  return told.replace(flags, (_, query: string) =>
    query
      .split("&")
      .map((pair) => `--${pair.replace(/=true$/, "").replace("=", " ")}`)
      .join(" "),
  );
}
