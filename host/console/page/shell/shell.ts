/** Frame around all pages: navigation, who one is, messages, dialogs. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { base } from "../api/api-client.ts";
import { forgotten } from "../api/held-token.ts";
import { rights, rightsProblem, signedIn } from "../api/session.ts";
import { html } from "../markup.ts";
import { Questions } from "../parts/ask.ts";
import { Button } from "../parts/button.ts";
import { EmptyState } from "../parts/empty-state.ts";
import { PageLinks } from "../parts/page-links.ts";
import { Toasts } from "../parts/toasts.ts";
import { language, languages, say } from "../strings/speech.ts";
import { theme, themes } from "./appearance.ts";
import { KeysDialog } from "./keys-dialog.ts";
import { pageAt, pages } from "./page-table.ts";
import { href, place } from "./router.ts";
import { showsKeys } from "./shortcuts.ts";
import { nameOf, needsToken, openSignIn, SignInDialog, signOut } from "./sign-in.ts";
import { useTitle } from "./title.ts";

export function Shell() {
  return html`
    <a class="skip" href="#content" onClick=${skip}>${say("shell.skip")}</a>
    <div class="shell">
      <header class="side">
        <a class="brand" href=${href([])}><img src="icon.svg" alt="" width="26" height="26" />Hotcell</a>
        <${Navigation} />
        <${Footing} />
      </header>
      <main id="content" class="content" tabindex="-1"><${Unreachable} /><${CurrentPage} /></main>
    </div>
    <${SignInDialog} /><${KeysDialog} /><${Questions} /><${Toasts} />
  `;
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function Navigation() {
  const [first] = place.value.parts;
  const links = pages
    .filter(({ key }) => key !== undefined)
    .map(({ path, title }) => ({ label: say(title), href: href(path), current: first === path[0] }));
  const docs = { label: say("nav.docs"), href: new URL("docs", base).href };
  return html`<${PageLinks} kind="nav" label=${say("shell.nav")} links=${[...links, docs]} />`;
}

function Footing() {
  const who = rights.value?.who;
  return html`<div class="footing">
    <div class="who">
      ${
        signedIn.value && who !== undefined
          ? html`<span class="who-name">${say("sign.who", { who: nameOf(who) })}</span>
              <${Button} kind="quiet" onClick=${signOut}>${say("sign.out")}<//>`
          : html`<span class="who-name">${forgotten.value ? say("sign.ended") : say("sign.anonymous")}</span>
              <${Button} kind="primary" small onClick=${openSignIn}>${say("sign.in")}<//>`
      }
    </div>
    <div class="switches">
      <select class="select small" aria-label=${say("shell.theme")} value=${theme.value} onChange=${choose(theme)}>
        ${themes.map((name) => html`<option value=${name}>${say(`theme.${name}`)}</option>`)}
      </select>
      <select class="select small" aria-label=${say("shell.language")} value=${language.value} onChange=${choose(language)}>
        ${Object.entries(languages).map(([name, label]) => html`<option value=${name} lang=${name}>${label}</option>`)}
      </select>
      <${Button} kind="quiet" label=${say("shell.shortcuts")} onClick=${openKeys}>?<//>
    </div>
  </div>`;
}

function openKeys(): void {
  showsKeys.value = true;
}

function choose<T extends string>(chosen: { value: T }) {
  return ({ currentTarget }: { currentTarget: HTMLSelectElement }) => {
    chosen.value = currentTarget.value as T;
  };
}

function Unreachable() {
  const { value } = rightsProblem;
  return value?.isUnreachable ? html`<p class="banner" role="status">${say("shell.unreachable")}</p>` : null;
}

function CurrentPage() {
  const { parts } = place.value;
  const found = pageAt(parts);
  const path = parts.join("/");
  const before = useRef(path);
  // As the page comes, and not a frame later: whoever is quick would be taken back from what they have reached in it.
  useLayoutEffect(() => {
    // Whoever goes to another page is there, and not at the end of what they have read.
    if (before.current === path) return;
    before.current = path;
    scrollTo(0, 0);
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [path]);
  if (needsToken()) return html`<${TokenNeeded} />`;
  if (!found) return html`<${NotFound} />`;
  const { page, params } = found;
  return html`${!page.ownTitle && html`<${Titled} title=${say(page.title)} />`}<${page.view} key=${parts.slice(0, 2).join("/")} params=${params} />`;
}

function Titled({ title }: { title: string }) {
  useTitle(title);
  return null;
}

function NotFound() {
  useTitle(say("shell.notFound"));
  return html`<${EmptyState} title=${say("shell.notFound")} text=${say("shell.notFoundText")}>
    <a class="button primary" href=${href([])}>${say("shell.home")}</a>
  <//>`;
}

function TokenNeeded() {
  useTitle(say("sign.in"));
  return html`<${EmptyState} title=${say("sign.needed")} text=${say("sign.text")}>
    <${Button} kind="primary" onClick=${openSignIn}>${say("sign.in")}<//>
  <//>`;
}
