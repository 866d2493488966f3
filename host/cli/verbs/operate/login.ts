import { text } from "node:stream/consumers";
import { isLoopback } from "../../../access/loopback.ts";
import { HotcellError } from "../../../errors.ts";
import { parseLine, positionals, UsageError } from "../../command-line.ts";
import { canAsk, hidden } from "../../questions.ts";
import { hostName, KnownHosts } from "../../remote/known-hosts.ts";
import { ask, remoteHost } from "../../remote/remote-host.ts";
import { ink, noteLine, printJson, printLine } from "../../terminal.ts";
import type { Verb } from "../verb.ts";

const options = {
  name: { type: "string" },
  use: { type: "string" },
  list: { type: "boolean" },
  json: { type: "boolean" },
  token: { type: "string" },
} as const;

export const login: Verb = {
  help: `Usage: hotcell login [URL] [options]
       hotcell login --list
       hotcell login --use NAME

Asks for a token, tries it at the host and keeps both; from then on verbs go there where neither --url nor HOTCELL_URL
says otherwise, and no host runs in this folder. Where nobody can be asked, the token comes on standard input. No token is
kept where none is typed.

They are kept in hotcell/hosts.json in XDG_CONFIG_HOME, else in ~/.config: a file that you alone may read. hotcell logout
takes them out.

  --name NAME      what the host is called from now on: hotcell ls --url NAME     its address
  --list           the hosts that are kept; * is where verbs go
  --use NAME       go there from now on
  --token TOKEN    the token; seen by other users of the machine: prefer typing it, or standard input
  --json           for programs: { "file": …, "hosts": […] } with --list, else the host, { "name": …, "url": …, "token": true }

Example: hotcell login https://plugins.example.com --name prod < token`,
  options,
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [url] = positionals(given, "URL");
    const known = new KnownHosts(process.env);
    if (values.list) {
      list(known, values.json === true);
      return 0;
    }
    if (values.use !== undefined) {
      if (!known.get(values.use)) throw notKnown(values.use, known);
      known.use(values.use);
      if (values.json) printJson(toldHost(values.use, known));
      else printLine(`Verbs go to ${values.use} now: ${known.get(values.use)?.url}`);
      return 0;
    }
    // A token that is kept elsewhere is not taken over: whoever logs in says which.
    const host = { ...remoteHost(url, "", process.env), token: undefined };
    const { hostname, protocol, port } = new URL(host.url);
    const name = values.name ?? nameOf(hostname, port);
    if (!hostName.test(name)) throw new UsageError("--name is of letters, digits, dots and hyphens.");
    const token = values.token ?? (await askedToken(host.url));
    await tryOut({ ...host, token: token || undefined });
    known.put(name, { url: host.url, ...(token && { token }) });
    if (values.json) {
      printJson(toldHost(name, known));
      return 0;
    }
    printLine(
      "Logged in to ",
      ink("bold", host.url),
      ` as ${name}, `,
      token ? "with" : "without",
      " a token.",
    );
    noteLine(ink("dim", `Kept in ${known.file}`));
    if (token && protocol === "http:" && !isLoopback(hostname.replace(/^\[(.*)\]$/, "$1")))
      noteLine(
        ink("yellow", "The token goes there as it is, for everybody on the way to read: prefer https."),
      );
    return 0;
  },
};

function nameOf(hostname: string, port: string): string {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1").replaceAll(":", "-");
  return port === "" ? bare : `${bare}-${port}`;
}

async function askedToken(url: string): Promise<string> {
  if (canAsk()) return hidden(`Token for ${url} (Enter for none)`);
  const [first = ""] = (await text(process.stdin)).split("\n");
  return first.trim();
}

/** Throws where no host answers, and where it does not know the token. */
async function tryOut(host: { readonly url: string; readonly token: string | undefined }): Promise<void> {
  try {
    // What the admin alone may have: whoever has any other token is told so, and on no address is it for nobody.
    await ask(host, "GET", host.token === undefined ? "/readyz" : "/tokens");
  } catch (error) {
    if (!(error instanceof HotcellError) || error.code !== "forbidden") throw error;
  }
}

/** Host that is kept, without its token. */
function toldHost(name: string, known: KnownHosts) {
  const { url, token } = known.get(name)!;
  return { name, url, token: token !== undefined, current: name === known.current };
}

function list(known: KnownHosts, json: boolean): void {
  const hosts = known.all.map(([name]) => toldHost(name, known));
  if (json) printJson({ file: known.file, hosts });
  else if (hosts.length === 0) printLine("No hosts are kept: hotcell login URL");
  const width = Math.max(0, ...hosts.map(({ name }) => name.length));
  for (const { name, url, token, current } of json ? [] : hosts)
    printLine(current ? "* " : "  ", ink("bold", name.padEnd(width)), `  ${url}`, token ? "" : "  no token");
}

export function notKnown(name: string, known: KnownHosts): HotcellError {
  const names = known.all.map(([each]) => each);
  return new HotcellError("bad-settings", `No host is known as ${name}.`, {
    subject: name,
    remedy: names.length > 0 ? `There is: ${names.join(", ")}.` : "Log in to one: hotcell login URL",
  });
}
