/** Rules of which registries may be asked, and how: what a host's owner names, or for who pulls by hand all there are. */
import { isIP } from "node:net";
import type { AddressPolicy } from "../../backends/http-client/addresses.ts";
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";
import { addressOf, type OciReference, printReference } from "./oci-reference.ts";

/** Word for private addresses of registries, of their token servers and of where they keep what they have. */
const inward = "private";

/** Registry, or a part of one, that may be pulled from. */
interface NamedRegistry {
  readonly registry: string;
  /** `ns/` or `ns/name/`; empty: all it has. */
  readonly within: string;
  readonly plain: boolean;
}

export interface RegistryRules {
  /** Throws `registry-not-allowed`. */
  require(reference: OciReference): void;
  /** Origin of a registry. */
  originOf(registry: string): string;
  /**
   * Addresses that may be connected to for a URL, on behalf of a registry with that origin; undefined: none, because it is not encrypted. What
   * is named of this machine is for registries of this machine alone: none elsewhere leads there.
   */
  policyFor(url: URL, registry: string): AddressPolicy | undefined;
}

/** Rules by a list such as `ghcr.io/acme, registry.example.com, http://127.0.0.1:5000`. Throws `bad-settings`; `source` is where it comes from. */
export function readRegistries(list: readonly string[], source: string): RegistryRules {
  if (list.length > ociBounds.registries.value)
    throw bad(source, `${list.length} registries`, `at most ${ociBounds.registries.value}`);
  const named = list.filter((text) => text !== inward).map((text) => readRegistry(text, source));
  const all: AddressPolicy = list.includes(inward) ? "private" : "public";
  const known = (registry: string) => named.filter((each) => each.registry === registry);
  return {
    require(reference) {
      const { registry, repository } = reference;
      if (known(registry).some(({ within }) => `${repository}/`.startsWith(within))) return;
      throw notAllowed(reference, named);
    },
    originOf: (registry) =>
      origin(
        registry,
        known(registry).some(({ plain }) => plain),
      ),
    policyFor(url, registry) {
      const here = named.find(
        (each) =>
          isLocal(each.registry) &&
          isLocal(new URL(registry).host) &&
          url.origin === origin(each.registry, each.plain),
      );
      if (here) return "private";
      return url.protocol === "https:" ? all : undefined;
    },
  };
}

/** Rules of the command line, which asks whatever its user names. `plain`: a registry of this machine is asked without TLS. */
export function anyRegistry(plain: boolean): RegistryRules {
  const isPlain = (registry: string) => plain && isLocal(registry);
  return {
    require: ({ registry }) => {
      if (!plain || isLocal(registry)) return;
      throw new HotcellError(
        "registry-not-allowed",
        `${registry} is no registry of this machine, so it is not asked without TLS.`,
        {
          subject: registry,
          expected: "localhost, 127.0.0.1 or [::1]",
          remedy: "Leave --plain-http out.",
        },
      );
    },
    originOf: (registry) => origin(registry, isPlain(registry)),
    policyFor: (url) => (url.protocol === "https:" || (plain && isLocal(url.host)) ? "private" : undefined),
  };
}

/** Test for a registry at a loopback address, by its name. */
function isLocal(registry: string): boolean {
  const name = registry.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

function origin(registry: string, plain: boolean): string {
  return new URL(`${plain ? "http" : "https"}://${addressOf(registry)}`).origin;
}

function readRegistry(text: string, source: string): NamedRegistry {
  const [, scheme, registry = "", path = ""] =
    /^(?:(https?):\/\/)?([^/\s@?#]+)(?:\/([^\s@?#]*))?$/i.exec(text) ?? [];
  const named = registry.toLowerCase();
  const plain = scheme?.toLowerCase() === "http";
  const within = path.replace(/\/+$/, "");
  if (!URL.canParse(`https://${named}`) || new URL(`https://${named}`).hostname === "" || /[*%\\]/.test(text))
    throw bad(source, text, "registries such as ghcr.io, ghcr.io/acme or http://127.0.0.1:5000");
  if (plain && !isLocal(named))
    throw bad(source, text, "a registry with TLS: http:// is for loopback addresses alone");
  return { registry: named, within: within === "" ? "" : `${within}/`, plain };
}

function notAllowed(reference: OciReference, named: readonly NamedRegistry[]): HotcellError {
  const shown = printReference(reference);
  const names = named.map(({ registry, within }) => `${registry}/${within}`.replace(/\/$/, ""));
  return new HotcellError(
    "registry-not-allowed",
    names.length === 0
      ? `This host pulls from no registry, so not ${shown}.`
      : `This host does not pull ${shown}: its owner names other registries.`,
    {
      subject: shown,
      expected: names.length === 0 ? "none" : beginning(names.join(", "), 500),
      remedy: `Pull it yourself and upload it (hotcell deploy NAME oci://${shown}), or have the host's owner name it: HOTCELL_REGISTRIES=${reference.registry}/${reference.repository.split("/")[0]}.`,
    },
  );
}

function bad(source: string, actual: string, expected: string): HotcellError {
  return new HotcellError(
    "bad-settings",
    `${source} has ${JSON.stringify(beginning(actual, 200))}, which won't do.`,
    {
      subject: source,
      actual: beginning(actual, 200),
      expected,
      remedy: `Give ${expected}.`,
    },
  );
}
