/** Health of the host: whether it takes work, how quickly it answers, and how much room it has. */
import type { HealthAnswer } from "../../answers/host-answers.ts";
import { useAgain, useAnswer } from "../api/loaded.ts";
import { Refused } from "../api/refused.ts";
import { may } from "../api/session.ts";
import { type Content, html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { bytesText, secondsText } from "../parts/figures.ts";
import { Foreign } from "../parts/foreign.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { say } from "../strings/speech.ts";
import { Facts } from "./fact-list.ts";

export function HostHealth() {
  const { answer, problem, reload } = useAnswer<HealthAnswer>(may("metrics") ? ["readyz"] : undefined, {
    verbose: true,
  });
  useAgain(reload, 10_000);
  // A host that takes no work says the same of itself, and that it can't.
  const health = problem === undefined ? answer?.data : unreadyOf(problem);
  if (problem !== undefined && !health) return html`<${ProblemNote} problem=${problem} />`;
  if (!health) return null;
  const { status, store, versions, uptime, eventLoopDelay, memory, workers } = health;
  const facts: (readonly [string, Content])[] = [
    [
      say("health.state"),
      tagged(status === "ready", say(status === "ready" ? "health.ready" : "health.notReady")),
    ],
    [
      say("health.store"),
      store.answers
        ? html`<span class="figure">${say("health.storeAnswers", { time: secondsText(store.ms / 1000) })}</span>`
        : html`${tagged(false, say("health.storeSilent"))} <${Foreign} text=${store.detail ?? ""} />`,
    ],
  ];
  if (eventLoopDelay)
    facts.push([
      say("health.delay"),
      html`<span class="figure">${say("health.delays", { p50: secondsText(eventLoopDelay.p50), p99: secondsText(eventLoopDelay.p99) })}</span>`,
    ]);
  for (const name of ["cells", "processes", "heap"] as const) {
    const room = memory?.[name];
    if (room)
      facts.push([say(`health.${name}`), html`<${Room} label=${say(`health.${name}`)} ...${room} />`]);
  }
  if (workers) facts.push([say("workers.title"), workersText(workers)]);
  if (versions)
    facts.push([
      say("health.version"),
      html`<span class="figure">${Object.entries(versions)
        .map(([name, version]) => (name === "version" ? `Hotcell ${version}` : `${name} ${version}`))
        .join(", ")}</span>`,
    ]);
  if (uptime !== undefined)
    facts.push([say("health.since"), html`<${Ago} at=${Date.now() - uptime * 1000} />`]);
  return html`<section class="card"><h2>${say("health.title")}</h2><${Facts} facts=${facts} /></section>`;
}

function workersText({ answered, late }: NonNullable<HealthAnswer["workers"]>): Content {
  const all = say("workers.all", { n: answered.length });
  if (late.length === 0) return html`<span class="figure">${all}</span>`;
  return html`<span class="figure">${answered.length}</span> <span class="tag bad">${say("workers.late", { names: late.join(", ") })}</span>`;
}

function tagged(isGood: boolean, text: string): Content {
  return html`<span class="tag ${isGood ? "good" : "bad"}">${text}</span>`;
}

interface RoomProps {
  readonly label: string;
  readonly inUse: number;
  readonly limit: number;
}

/** Memory in use, of what there may be. */
function Room({ label, inUse, limit }: RoomProps) {
  return html`<span class="room">
    <meter aria-label=${label} min="0" max=${limit} high=${0.8 * limit} value=${inUse}></meter>
    <span class="figure">${say("health.room", { used: bytesText(inUse), limit: bytesText(limit) })}</span>
  </span>`;
}

function unreadyOf(problem: unknown): HealthAnswer | undefined {
  if (!(problem instanceof Refused) || problem.facts.status !== "not-ready") return undefined;
  return problem.facts as unknown as HealthAnswer;
}
