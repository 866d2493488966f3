import type { ShownContract } from "../../../answers/contract-answers.ts";
import { ask } from "../../api/api-client.ts";
import { Refused } from "../../api/refused.ts";
import { whyNot } from "../../api/session.ts";
import { html } from "../../markup.ts";
import { confirmed } from "../../parts/ask.ts";
import { Button } from "../../parts/button.ts";
import { toast } from "../../parts/toasts.ts";
import { say } from "../../strings/speech.ts";

interface RemoveContractProps {
  readonly contract: ShownContract;
  readonly onDone: () => Promise<void>;
}

/** Button that removes a contract with all its versions, once it has asked. */
export function RemoveContractButton({ contract: { name }, onDone }: RemoveContractProps) {
  const remove = async () => {
    const title = say("remove.title", { name });
    if (
      !(await confirmed({
        title,
        text: say("contract.removeText"),
        action: say("remove.button"),
        danger: true,
      }))
    )
      return;
    try {
      await ask(["contracts", name], { method: "DELETE" });
      toast({ text: say("remove.done", { name }) });
    } catch (error) {
      const text = error instanceof Refused ? `${error.detail} ${error.remedy ?? ""}` : `${error}`;
      toast({ text, bad: true });
    }
    await onDone();
  };
  return html`<${Button} small label=${`${say("remove.button")} ${name}`} why=${whyNot("contracts")} onClick=${remove}>${say("remove.button")}<//>`;
}
