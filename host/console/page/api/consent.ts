/** Leave that somebody gives for what the host refuses without it: what a refusal asks for, and how a request says it. */
import type { Asking } from "./api-client.ts";
import { Refused } from "./refused.ts";

export interface Consent {
  /** Capabilities that are granted. */
  readonly grants: readonly string[];
  /** Plugins whose calls may fail from now on. */
  readonly breaks: readonly string[];
  readonly breaking: boolean;
  readonly stateLoss: boolean;
}

export const noConsent: Consent = { grants: [], breaks: [], breaking: false, stateLoss: false };

export function consentQuery({ grants, breaks, breaking, stateLoss }: Consent): Asking["query"] & object {
  return {
    grant: grants,
    breaks,
    ...(breaking && { "allow-breaking": true }),
    ...(stateLoss && { "allow-state-loss": true }),
  };
}

/** Question that a refusal puts: all of it has to be agreed to. */
export interface WantedConsent {
  readonly kind: keyof Consent;
  /** Capability or plugin that it is about; empty where it is about none. */
  readonly name: string;
  /** Words of the host on why. */
  readonly reason: string;
}

/** Questions of a refusal; none where no leave of anybody's helps. */
export function wantedBy(problem: unknown): readonly WantedConsent[] {
  if (!(problem instanceof Refused)) return [];
  const { code, facts } = problem;
  if (code === "incompatible") return [{ kind: "breaking", name: "", reason: "" }];
  if (code === "state-loss") return [{ kind: "stateLoss", name: "", reason: "" }];
  if (code === "has-dependants") return eachOf(facts.dependants, "breaks", "plugin", "reasons");
  if (code === "contract-breaks") return eachOf(facts.plugins, "breaks", "plugin", "reasons");
  if (code !== "import-not-granted") return [];
  const imports = eachOf(facts.imports, "grants", "grant", "reason");
  return imports.filter(({ name }, i) => imports.findIndex((each) => each.name === name) === i);
}

function eachOf(list: unknown, kind: keyof Consent, name: string, reason: string): WantedConsent[] {
  const entries = Array.isArray(list) ? (list as readonly Record<string, unknown>[]) : [];
  return entries
    .filter((entry) => typeof entry[name] === "string")
    .map((entry) => ({ kind, name: `${entry[name]}`, reason: [entry[reason] ?? []].flat().join(" ") }));
}

export function agrees(consent: Consent, { kind, name }: WantedConsent): boolean {
  const given = consent[kind];
  return typeof given === "boolean" ? given : given.includes(name);
}

/** The same with that question answered. */
export function withAnswer(consent: Consent, { kind, name }: WantedConsent, yes: boolean): Consent {
  const given = consent[kind];
  if (typeof given === "boolean") return { ...consent, [kind]: yes };
  const others = given.filter((each) => each !== name);
  return { ...consent, [kind]: yes ? [...others, name] : others };
}
