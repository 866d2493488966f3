/** Page of one plugin: its name, what state it is in, and the pages about it. */
import type { ShownPlugin } from "../../answers/plugin-answers.ts";
import { useAgain, useAnswer } from "../api/loaded.ts";
import { html } from "../markup.ts";
import { Button } from "../parts/button.ts";
import { Foreign } from "../parts/foreign.ts";
import { PageLinks } from "../parts/page-links.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { href, place } from "../shell/router.ts";
import { useTitle } from "../shell/title.ts";
import { say } from "../strings/speech.ts";
import type { PageProps } from "./page-props.ts";
import { pluginPages } from "./plugin-pages.ts";
import { RemoveButton } from "./remove-button.ts";

export function PluginPage({ params }: PageProps) {
  const name = params.name!;
  const { answer, problem, reload } = useAnswer<ShownPlugin>(["plugins", name]);
  const [, , id = "", ...rest] = place.value.parts;
  const page = pluginPages.find((each) => each.id === id);
  useTitle(page && id !== "" ? `${name}, ${say(page.label)}` : name);
  useAgain(reload, 5000);
  const plugin = answer?.data;
  return html`<header class="page-head">
      <p class="crumb"><a href=${href(["plugins"])}>${say("plugins.title")}</a></p>
      <h1><${Foreign} text=${name} /></h1>
      ${plugin && html`<div class="actions"><a class="button" href=${href(["upload"], { plugin: name })}>${say("plugin.upload")}</a><${RemoveButton} plugin=${plugin} /></div>`}
    </header>
    <${PageLinks}
      kind="tabs"
      label=${say("plugin.tabs")}
      links=${pluginPages.map((each) => ({
        label: say(each.label),
        href: href(["plugins", name, ...(each.id === "" ? [] : [each.id])]),
        current: each === page,
      }))}
    />
    ${problem !== undefined && html`<${ProblemNote} problem=${problem}><${Button} onClick=${reload}>${say("part.retry")}<//><//>`}
    ${!page && html`<p>${say("shell.notFoundText")}</p>`}
    ${page && plugin && html`<${page.view} plugin=${plugin} reload=${reload} rest=${rest} />`}
    ${!plugin && problem === undefined && html`<p class="soft" role="status">${say("part.loading")}</p>`}`;
}
