/** Sentences about events. */
import type { ShownEvent } from "../../answers/host-answers.ts";
import { type StringKey, say } from "../strings/speech.ts";
import { shortDigest } from "./digest.ts";

/** Sentence by what the event has with it; of a kind that nothing is known of, that as it is. */
export function eventText({ kind, data, revision }: ShownEvent): string {
  const facts = (typeof data === "object" && data !== null ? data : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof facts[name] === "string" ? facts[name] : "");
  if (kind === "log") return [text("context"), text("message")].filter(Boolean).join(": ");
  if (kind === "refused") return `${text("code")}: ${text("detail")}`;
  if (kind === "deployed") {
    const values = {
      outcome: outcomeText(text("outcome")),
      n: revision ?? 0,
      version: shortDigest(text("version")),
    };
    return say("event.deployed", values);
  }
  if (kind === "rollout-begun") return say("event.rolloutBegun", { version: shortDigest(text("version")) });
  if (kind === "rollout-stop") return say("event.rolloutStop");
  if (kind === "removed") return say("event.removed", { n: revision ?? 0 });
  return Object.keys(facts).length === 0 ? "" : JSON.stringify(data);
}

const outcomes: Readonly<Record<string, StringKey>> = {
  created: "outcome.created",
  swapped: "outcome.swapped",
  configured: "outcome.configured",
};

function outcomeText(outcome: string): string {
  const known = outcomes[outcome];
  return known === undefined ? outcome : say(known);
}
