/** Events as they come, of all plugins or of one: held, narrowed, found. */

import { useSignal } from "@preact/signals";
import type { ShownEvent } from "../../answers/host-answers.ts";
import { useEvents } from "../api/event-buffer.ts";
import { may, whyNot } from "../api/session.ts";
import { html } from "../markup.ts";
import { Button } from "../parts/button.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { place, setQuery } from "../shell/router.ts";
import { openSignIn } from "../shell/sign-in.ts";
import { say } from "../strings/speech.ts";
import { EventList } from "./event-list.ts";
import { eventText } from "./event-text.ts";

/** Events that are shown at a time. */
const most = 300;

const kinds = ["deployed", "refused", "removed", "log", "scheduled", "reached", "data-changed"];

export function EventView({ plugin }: { plugin?: string }) {
  const paused = useSignal(false);
  const refusal = whyNot("events", plugin);
  const { events, waiting, problem, isOpen } = useEvents(plugin, paused.value, may("events", plugin));
  const { query } = place.value;
  const kind = query.get("kind") ?? "";
  const words = query.get("find") ?? "";
  const fit = events.filter((event) => (kind === "" || event.kind === kind) && mentions(event, words));
  const turn = () => {
    paused.value = !paused.value;
  };
  if (refusal !== undefined)
    return html`<div class="note"><p>${refusal}</p>
      <div class="actions start"><${Button} kind="primary" onClick=${openSignIn}>${say("sign.in")}<//></div></div>`;
  return html`<div class="toolbar">
      <input class="input" type="search" data-search placeholder=${say("events.find")} aria-label=${say("events.find")} value=${words} onInput=${change("find")} />
      <select class="select" aria-label=${say("events.kind")} value=${kind} onChange=${change("kind")}>
        <option value="">${say("events.all")}</option>
        ${kinds.map((name) => html`<option value=${name}>${name}</option>`)}
      </select>
      <${Button} onClick=${turn}>${say(paused.value ? "events.resume" : "events.pause")}<//>
      <span class="toolbar-state soft" role="status">${stateText(paused.value, waiting, isOpen)}</span>
    </div>
    ${problem && !isOpen && html`<${ProblemNote} problem=${problem} />`}
    ${
      fit.length > 0
        ? html`<${EventList} events=${fit.slice(0, most)} label=${say("nav.events")} of=${plugin} />`
        : html`<p class="soft quiet-place">${say(events.length > 0 ? "events.noneFit" : "events.none")}</p>`
    }`;
}

function change(name: string) {
  return ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
    setQuery({ [name]: currentTarget.value });
}

function stateText(paused: boolean, waiting: number, isOpen: boolean): string {
  if (paused) return say("events.waiting", { n: waiting });
  return say(isOpen ? "events.live" : "events.connecting");
}

function mentions(event: ShownEvent, words: string): boolean {
  if (words === "") return true;
  const { kind, plugin = "", who = "" } = event;
  return [kind, plugin, who, eventText(event)].join(" ").toLowerCase().includes(words.toLowerCase());
}
