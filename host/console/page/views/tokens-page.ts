/** Tokens for others: listed, made, revoked. */

import { useSignal } from "@preact/signals";
import type { ListedToken, TokensAnswer } from "../../answers/access-answers.ts";
import { ask } from "../api/api-client.ts";
import { useAnswer } from "../api/loaded.ts";
import { whyNot } from "../api/session.ts";
import { html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { confirmed } from "../parts/ask.ts";
import { Button } from "../parts/button.ts";
import { EmptyState } from "../parts/empty-state.ts";
import { Foreign } from "../parts/foreign.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { type Column, TableView } from "../parts/table-view.ts";
import { toast } from "../parts/toasts.ts";
import { say } from "../strings/speech.ts";
import { TokenDialog } from "./token-dialog.ts";

export function TokensPage() {
  const why = whyNot("tokens");
  const { answer, problem, reload } = useAnswer<TokensAnswer>(why === undefined ? ["tokens"] : undefined);
  const making = useSignal(false);
  const failed = useSignal<unknown>(undefined);
  const head = html`<header class="page-head"><h1>${say("token.title")}</h1>
    <div class="actions"><${Button} kind="primary" why=${why} onClick=${() => {
      making.value = true;
    }}>${say("token.make")}<//></div>
  </header>`;
  if (why !== undefined) return html`${head}<${EmptyState} title=${say("token.title")} text=${why} />`;
  const revoke = async ({ id, name }: ListedToken) => {
    const text = say("token.revokeText");
    if (
      !(await confirmed({
        title: say("token.revokeTitle", { name: name ?? id }),
        text,
        action: say("token.revoke"),
        danger: true,
      }))
    )
      return;
    try {
      await ask(["tokens", id], { method: "DELETE" });
      toast({ text: say("token.revokeDone") });
      failed.value = undefined;
    } catch (error) {
      failed.value = error;
    }
    await reload();
  };
  const columns: readonly Column<ListedToken>[] = [
    {
      title: say("token.name"),
      cell: ({ id, name }) =>
        html`${name !== null && html`<${Foreign} text=${name} /> `}<code class="soft">${id}</code>`,
    },
    { title: say("token.scopes"), cell: ({ scopes }) => scopes.join(", ") },
    { title: say("token.plugins"), cell: ({ plugins }) => plugins?.join(", ") ?? say("token.all") },
    { title: say("token.by"), wideOnly: true, cell: ({ createdAt }) => html`<${Ago} at=${createdAt} />` },
    { title: say("token.until"), cell: (token) => endOf(token) },
    {
      title: "",
      cell: (token) =>
        isOver(token)
          ? null
          : html`<${Button} small label=${`${say("token.revoke")} ${token.name ?? token.id}`} onClick=${() => revoke(token)}>${say("token.revoke")}<//>`,
    },
  ];
  const tokens = answer?.data.tokens;
  return html`${head}
    <p class="soft">${say("token.text")}</p>
    ${[problem, failed.value].map((each) => each !== undefined && html`<${ProblemNote} problem=${each} />`)}
    ${tokens?.length === 0 && html`<p>${say("token.none")}</p>`}
    ${tokens && tokens.length > 0 && html`<${TableView} label=${say("token.title")} columns=${columns} rows=${tokens} keyOf=${({ id }: ListedToken) => id} />`}
    ${
      making.value &&
      html`<${TokenDialog} onMade=${reload} onClose=${() => {
        making.value = false;
      }} />`
    }`;
}

function endOf({ revokedAt, expiresAt }: ListedToken) {
  if (revokedAt !== null) return html`<span class="tag bad">${say("token.revoked")}</span>`;
  if (expiresAt === null) return say("token.ever");
  if (Date.parse(expiresAt) < Date.now()) return html`<span class="tag">${say("token.expired")}</span>`;
  return html`<${Ago} at=${expiresAt} />`;
}

function isOver({ revokedAt, expiresAt }: ListedToken): boolean {
  return revokedAt !== null || (expiresAt !== null && Date.parse(expiresAt) < Date.now());
}
