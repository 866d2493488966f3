/** Lists of the requests that may be made: by method, scheme, host, port and path. */
import { HotcellError } from "../../errors.ts";
import { defaultPorts, type HttpScheme, type RequestTarget, readTarget } from "./request-target.ts";

/** Form of an entry, for who has written one that is none. */
const entryForm =
  'an entry such as "https://api.example.com/v1/*", "GET|HEAD https://*.example.org" or "*": methods, scheme, host (*.name for subdomains), port (:8443 or :*), and a path that may end with *';

/** Entry of such a list, read. */
export interface AllowEntry {
  /** Text as it was written. */
  readonly text: string;
  /** Undefined: any. */
  readonly methods: ReadonlySet<string> | undefined;
  readonly schemes: readonly HttpScheme[];
  readonly host: HostPattern;
  /** Undefined: any. `default`: that of the scheme. */
  readonly port: number | "default" | undefined;
  /** Undefined: any. */
  readonly path: PathPattern | undefined;
}

type HostPattern =
  | { readonly kind: "any" }
  | { readonly kind: "exact"; readonly name: string }
  /** With a dot at its beginning. */
  | { readonly kind: "subdomains"; readonly suffix: string };

interface PathPattern {
  readonly text: string;
  /** The text is only the beginning. */
  readonly prefix: boolean;
}

const form =
  /^(?:(?<methods>[!#$%&'*+.^_`|~0-9A-Za-z-]+) +)?(?<scheme>https?):\/\/(?<host>\*|\*\.[^/:?#\\@*[\]]+|\[[0-9A-Fa-f:.]+\]|[^/:?#\\@*[\]]+)(?::(?<port>\*|[0-9]{1,5}))?(?<path>\/[^?#]*)?$/;

const methodForm = /^[A-Z][A-Z-]*$/;

const notUnderstood = "it can't be understood";
const withoutScheme = "it does not say https:// or http://";

/** Entries of a list. Throws `bad-settings` for one that is none. `subject`: the list's name. */
export function readEntries(texts: readonly string[], subject: string): AllowEntry[] {
  return texts.map((text, i) => {
    const entry = readEntry(text);
    if (typeof entry !== "string") return entry;
    throw new HotcellError("bad-settings", `${subject}.${i} is no entry: ${entry}.`, {
      subject: `${subject}.${i}`,
      // What is no address at all may be a secret at the wrong place, or have one as its user.
      ...(entry !== notUnderstood && entry !== withoutScheme && { actual: text }),
      remedy: `Give ${entryForm}.`,
    });
  });
}

/** Entry as somebody has written it, or what is wrong with it. */
export function readEntry(text: string): AllowEntry | string {
  if (text === "*")
    return {
      text,
      methods: undefined,
      schemes: ["http", "https"],
      host: { kind: "any" },
      port: "default",
      path: undefined,
    };
  const groups = form.exec(text)?.groups;
  if (!groups) return text.includes("://") ? notUnderstood : withoutScheme;
  const { methods, scheme, host = "", port, path } = groups;
  const names = methods?.split("|");
  const wrong = names?.find((name) => !methodForm.test(name) || name === "CONNECT" || name === "TRACE");
  if (wrong !== undefined) return `${wrong || "nothing"} is no method that requests may have`;
  const known = scheme as HttpScheme;
  const pattern = hostPattern(known, host);
  if (typeof pattern === "string") return pattern;
  const number = port === undefined ? "default" : port === "*" ? undefined : Number(port);
  if (number === 0 || Number(number) > 65_535) return `${port} is no port`;
  const paths = path === undefined ? undefined : pathPattern(known, path);
  if (typeof paths === "string") return paths;
  return {
    text,
    methods: names && new Set(names),
    schemes: [known],
    host: pattern,
    port: number === defaultPorts[known] ? "default" : number,
    path: paths?.prefix && paths.text === "/" ? undefined : paths,
  };
}

function hostPattern(scheme: HttpScheme, host: string): HostPattern | string {
  if (host === "*") return { kind: "any" };
  const wild = host.startsWith("*.");
  const target = readTarget(scheme, wild ? host.slice(2) : host, "/");
  if (typeof target === "string") return `${host} is no host`;
  const { host: name } = target;
  if (!wild) return { kind: "exact", name };
  if (name.startsWith("[") || /^[0-9.]+$/.test(name)) return "an address has no subdomains";
  return { kind: "subdomains", suffix: `.${name}` };
}

function pathPattern(scheme: HttpScheme, path: string): PathPattern | string {
  const prefix = path.endsWith("*");
  const text = prefix ? path.slice(0, -1) : path;
  if (text.includes("*")) return "a * may stand at the end of a path alone";
  const target = readTarget(scheme, "host", text);
  if (typeof target === "string" || target.path !== text)
    return `${path} is no path as one is sent${typeof target === "string" ? "" : `, which is ${target.path}`}`;
  if (!isPlain(text)) return `${path} has escaped slashes or dots, which no entry may have`;
  return { text, prefix };
}

/** Parts of a path that some servers take for a slash, a dot segment or a character of these when they unescape it. */
const ambiguous = /\\|%(?:25)*(?:2f|5c|2e)|\/\.{1,2};|%(?:25)*00/i;

/** Test for a path that means the same to whoever unescapes it, once or several times. */
function isPlain(path: string): boolean {
  return !ambiguous.test(path);
}

export function allows(entries: readonly AllowEntry[], method: string, target: RequestTarget): boolean {
  return entries.some((entry) => matches(entry, method, target));
}

/** Tells whether an entry is about a request. */
export function matches(entry: AllowEntry, method: string, target: RequestTarget): boolean {
  const { scheme, port, path } = target;
  if (entry.methods && !entry.methods.has(method)) return false;
  if (!entry.schemes.includes(scheme) || !matchesHost(entry.host, target.host)) return false;
  if (entry.port !== undefined && port !== (entry.port === "default" ? defaultPorts[scheme] : entry.port))
    return false;
  if (entry.path === undefined) return true;
  // What another may read as a way out of the path is not within it.
  if (!isPlain(path)) return false;
  return entry.path.prefix ? path.startsWith(entry.path.text) : path === entry.path.text;
}

function matchesHost(pattern: HostPattern, host: string): boolean {
  if (pattern.kind === "any") return true;
  return pattern.kind === "exact" ? host === pattern.name : host.endsWith(pattern.suffix);
}

/** Tells whether all that one entry allows is allowed by a single one of the others. */
export function covered(entry: AllowEntry, by: readonly AllowEntry[]): boolean {
  return by.some((other) => covers(other, entry));
}

function covers(other: AllowEntry, entry: AllowEntry): boolean {
  if (other.methods && !(entry.methods && [...entry.methods].every((name) => other.methods!.has(name))))
    return false;
  if (!entry.schemes.every((scheme) => other.schemes.includes(scheme))) return false;
  if (!coversHost(other.host, entry.host)) return false;
  if (other.port !== undefined && other.port !== entry.port) return false;
  if (other.path === undefined) return true;
  if (entry.path === undefined) return false;
  return other.path.prefix
    ? entry.path.text.startsWith(other.path.text)
    : !entry.path.prefix && entry.path.text === other.path.text;
}

function coversHost(other: HostPattern, entry: HostPattern): boolean {
  if (other.kind === "any") return true;
  if (entry.kind === "any") return false;
  const name = entry.kind === "exact" ? entry.name : entry.suffix;
  return other.kind === "exact" ? entry.kind === "exact" && name === other.name : name.endsWith(other.suffix);
}
