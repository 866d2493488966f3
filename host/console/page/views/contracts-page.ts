/** Contracts that plugins are held to. */
import type { ContractsAnswer, ShownContract } from "../../answers/contract-answers.ts";
import { useAnswer } from "../api/loaded.ts";
import { html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { Button } from "../parts/button.ts";
import { CodeView } from "../parts/code-view.ts";
import { EmptyState } from "../parts/empty-state.ts";
import { Foreign } from "../parts/foreign.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { TableView } from "../parts/table-view.ts";
import { say } from "../strings/speech.ts";
import { PutContractButton } from "./contracts/put-contract.ts";
import { RemoveContractButton } from "./contracts/remove-contract.ts";
import { pluginLink } from "./fact-list.ts";

export function ContractsPage() {
  const { answer, problem, reload } = useAnswer<ContractsAnswer>(["contracts"]);
  const contracts = answer?.data.contracts;
  const head = html`<header class="page-head"><h1>${say("nav.contracts")}</h1>
    <div class="actions"><${PutContractButton} onDone=${reload} /></div>
  </header>`;
  if (problem !== undefined)
    return html`${head}<${ProblemNote} problem=${problem}><${Button} onClick=${reload}>${say("part.retry")}<//><//>`;
  if (!contracts) return html`${head}<p class="soft" role="status">${say("part.loading")}</p>`;
  if (contracts.length === 0)
    return html`${head}<${EmptyState} title=${say("contracts.none")} text=${say("contracts.noneText")} />
      <${CodeView} label=${say("contracts.put")} text="hotcell contract put discount wit/ --world plugin" />`;
  return html`${head}
    <${TableView}
      label=${say("nav.contracts")}
      rows=${contracts}
      keyOf=${({ name }: ShownContract) => name}
      columns=${[
        { title: say("contract.name"), cell: ({ name }: ShownContract) => html`<${Foreign} text=${name} />` },
        { title: say("contract.newest"), figures: true, cell: ({ version }: ShownContract) => version },
        {
          title: say("contract.for"),
          wideOnly: true,
          cell: ({ plugins }: ShownContract) => html`<${Foreign} text=${plugins.join(", ") || "–"} />`,
        },
        {
          title: say("contract.users"),
          cell: ({ users }: ShownContract) =>
            users.map((name, i) => html`${i > 0 && ", "}${pluginLink(name)}`),
        },
        {
          title: say("contract.put"),
          wideOnly: true,
          cell: ({ at }: ShownContract) => html`<${Ago} at=${at} />`,
        },
        {
          title: "",
          cell: (contract: ShownContract) =>
            html`<${RemoveContractButton} contract=${contract} onDone=${reload} />`,
        },
      ]}
    />`;
}
