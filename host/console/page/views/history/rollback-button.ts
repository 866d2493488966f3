import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { DiffAnswer, ShownDeployment } from "../../../answers/deployment-answers.ts";
import type { ShownPlugin } from "../../../answers/plugin-answers.ts";
import { ask } from "../../api/api-client.ts";
import { agrees, noConsent, wantedBy } from "../../api/consent.ts";
import { useAnswer } from "../../api/loaded.ts";
import { Refused } from "../../api/refused.ts";
import { whyNot } from "../../api/session.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { ChangeList } from "../../parts/change-list.ts";
import { ConsentForm } from "../../parts/consent-form.ts";
import { Dialog } from "../../parts/dialog.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { toast } from "../../parts/toasts.ts";
import { say } from "../../strings/speech.ts";

interface RollbackButtonProps {
  readonly plugin: ShownPlugin;
  /** Digest of the version to go back to. */
  readonly to: string;
  readonly label?: string;
  readonly small?: boolean;
  readonly reload: () => Promise<void>;
}

/** Button that leads back to a version, once it has shown what callers notice of that. */
export function RollbackButton({ plugin, to, label, small = true, reload }: RollbackButtonProps) {
  const open = useSignal(false);
  const press = () => {
    open.value = true;
  };
  const close = () => {
    open.value = false;
  };
  return html`<${Button} small=${small} why=${whyNot("deploy", plugin.name)} onClick=${press}>${label ?? say("history.rollBack")}<//>
    ${open.value && html`<${RollbackDialog} plugin=${plugin} to=${to} reload=${reload} onClose=${close} />`}`;
}

function RollbackDialog({
  plugin,
  to,
  reload,
  onClose,
}: RollbackButtonProps & { readonly onClose: () => void }) {
  const { name, version, revision } = plugin;
  const { answer, problem: unknown } = useAnswer<DiffAnswer>(["plugins", name, "diff"], {
    from: version,
    to,
  });
  const consent = useSignal(noConsent);
  const problem = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const wanted = wantedBy(problem.value);
  useEffect(() => {
    consent.value = noConsent;
  }, [to]);
  const goBack = async () => {
    busy.value = true;
    try {
      const { data } = await rollBack(name, to, revision, consent.value.breaks);
      onClose();
      const undo = async () => {
        try {
          await rollBack(name, version, data.revision, []);
        } catch (error) {
          toast({ text: error instanceof Refused ? error.detail : `${error}`, bad: true });
        }
        await reload();
      };
      toast({ text: say("history.rolledBack", { name, version: shortVersion(to) }), undo });
      await reload();
    } catch (error) {
      problem.value = error;
      busy.value = false;
    }
  };
  const agreed = wanted.every((each) => agrees(consent.value, each));
  return html`<${Dialog} title=${say("history.rollBackTo", { name, version: shortVersion(to) })} onClose=${onClose}>
    <div class="stack">
      <h3>${say("upload.callers")}</h3>
      ${answer ? html`<${ChangeList} changes=${answer.data.changes} />` : unknown !== undefined ? html`<${ProblemNote} problem=${unknown} />` : html`<p class="soft" role="status">${say("part.loading")}</p>`}
      <p class="soft">${say("history.settingsStay")}</p>
      ${problem.value !== undefined && html`<${ProblemNote} problem=${problem.value} hasRemedy=${wanted.length > 0} />`}
      <${ConsentForm} wanted=${wanted} consent=${consent.value} onChange=${(next: typeof noConsent) => {
        consent.value = next;
      }} />
      <div class="actions">
        <${Button} onClick=${onClose}>${say("part.cancel")}<//>
        <${Button} kind="primary" busy=${busy.value} why=${agreed ? undefined : say("consent.missing")} onClick=${goBack}>${say("history.rollBack")}<//>
      </div>
    </div>
  <//>`;
}

function rollBack(name: string, to: string, ifMatch: number, breaks: readonly string[]) {
  return ask<ShownDeployment>(["plugins", name, "rollback"], {
    method: "POST",
    json: { to },
    ifMatch,
    query: { breaks },
  });
}

/** First digits of a version's digest. */
export function shortVersion(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}
