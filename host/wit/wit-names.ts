/** Kebab-case WIT names as JavaScript and AssemblyScript spell them (jco's mapping). */

/** `get-friendly-time` → `getFriendlyTime`, `HTTP-get` → `httpGet`. */
export function camelCase(name: string): string {
  const [first = "", ...rest] = name.split("-");
  return first.toLowerCase() + rest.map(capitalise).join("");
}

/** `line-item` → `LineItem`. */
export function pascalCase(name: string): string {
  return name.split("-").map(capitalise).join("");
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}

// Each word can match in one way only: else every word of digits would double the time to find out that one doesn't.
const label =
  /^(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)(?:-(?:[0-9]+(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)?|[a-z][0-9a-z]*|[A-Z][0-9A-Z]*))*$/;

/** True for a name of one thing (Explainer.md, `label`): `get-friendly-time`. */
export function isLabel(name: string): boolean {
  return label.test(name);
}

export interface FunctionName {
  readonly kind: "free" | "method" | "static" | "constructor";
  /** The resource, for all but free functions. */
  readonly resource?: string;
  /** The function's own name; for a constructor the resource's. */
  readonly name: string;
}

/** Splits `[method]file.read` and its like (Explainer.md, Import and Export Names, plainname). */
export function parseFunctionName(full: string): FunctionName {
  const match = /^\[(method|static|constructor)\]([^.]+)(?:\.(.+))?$/.exec(full);
  if (!match) return { kind: "free", name: full };
  const [, kind, resource = "", name = resource] = match;
  return { kind: kind as FunctionName["kind"], resource, name };
}

export interface InterfaceId {
  /** `wasi:clocks` */
  readonly package: string;
  /** `wall-clock` */
  readonly name: string;
  /** `0.2.0` */
  readonly version?: string;
}

/** Splits `wasi:clocks/wall-clock@0.2.0`; undefined for a plain name. */
export function parseInterfaceId(id: string): InterfaceId | undefined {
  const match = /^([^/@]+:[^/@]+(?:\/[^/@]+)*)\/([^/@]+)(?:@(.+))?$/.exec(id);
  if (!match) return undefined;
  const [, pkg = "", name = "", version] = match;
  return { package: pkg, name, ...(version !== undefined && { version }) };
}
