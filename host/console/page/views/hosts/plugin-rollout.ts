/** Rollout of a plugin that is under way: which host tries a version, how that goes, and the button that stops it. */
import { useSignal } from "@preact/signals";
import type { ShownTrial } from "../../../answers/plugin-answers.ts";
import { useNodes } from "../../api/all-nodes.ts";
import { ask } from "../../api/api-client.ts";
import { whyNot } from "../../api/session.ts";
import { type Content, html } from "../../markup.ts";
import { Ago } from "../../parts/ago.ts";
import { confirmed } from "../../parts/ask.ts";
import { Button } from "../../parts/button.ts";
import { Foreign } from "../../parts/foreign.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { toast } from "../../parts/toasts.ts";
import { say } from "../../strings/speech.ts";
import { shortDigest } from "../digest.ts";
import { Facts } from "../fact-list.ts";
import type { PluginPageProps } from "../plugin-page-props.ts";
import { hostName } from "./host-name.ts";

export function PluginRollout({ plugin, reload }: Pick<PluginPageProps, "plugin" | "reload">) {
  const { name, rollout } = plugin;
  const problem = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const nodes = useNodes();
  const trier = nodes.find(({ standing }) => standing?.tries?.[name] !== undefined);
  const version = rollout?.version ?? trier?.standing?.tries?.[name];
  if (version === undefined) return null;
  const host = rollout?.host ?? (rollout ? nodes.find(({ self }) => self) : trier);
  const stop = async () => {
    const title = say("rollout.stopTitle", { name });
    const action = say("rollout.stop");
    if (!(await confirmed({ title, text: say("rollout.stopText"), action, danger: true }))) return;
    busy.value = true;
    try {
      await ask(["plugins", name, "rollout"], { method: "DELETE" });
      problem.value = undefined;
      toast({ text: say("rollout.stopped", { name }) });
      await reload();
    } catch (error) {
      problem.value = error;
    } finally {
      busy.value = false;
    }
  };
  const where = { version: shortDigest(version), host: host ? hostName(host) : say("host.this") };
  return html`<section class="note warn" aria-label=${say("rollout.title")}>
    <h2>${say("rollout.title")}</h2>
    <p><${Foreign} text=${say("rollout.where", where)} /> ${rollout ? html`${say("rollout.others")} <${Ago} at=${rollout.until} />` : say("rollout.elsewhere")}</p>
    ${rollout && html`<${Facts} facts=${tallies(rollout)} />`}
    ${problem.value !== undefined && html`<${ProblemNote} problem=${problem.value} />`}
    <div class="actions start">
      <${Button} busy=${busy.value} why=${whyNot("deploy", name)} onClick=${stop}>${say("rollout.stop")}<//>
    </div>
  </section>`;
}

function tallies({ before, ...now }: ShownTrial): readonly (readonly [string, Content])[] {
  return [
    [say("rollout.now"), tallyText(now)],
    [say("rollout.before"), tallyText(before)],
  ];
}

/** Calls, and how many of them ended their cell. */
export function tallyText({ calls, traps }: { readonly calls: number; readonly traps: number }): string {
  return say("rollout.tally", { n: calls, traps });
}
