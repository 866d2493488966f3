/** Values that a plugin keeps: buckets, their keys, and what is under each. */
import type { BucketsAnswer, ShownBucket } from "../../../answers/value-answers.ts";
import { useAnswer } from "../../api/loaded.ts";
import { whyNot } from "../../api/session.ts";
import { html } from "../../markup.ts";
import { EmptyState } from "../../parts/empty-state.ts";
import { bytesText } from "../../parts/figures.ts";
import { Foreign } from "../../parts/foreign.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { type Column, TableView } from "../../parts/table-view.ts";
import { href } from "../../shell/router.ts";
import { say } from "../../strings/speech.ts";
import type { PluginPageProps } from "../plugin-page-props.ts";
import { BucketView } from "./bucket-view.ts";

export function DataPage({ plugin, rest }: PluginPageProps) {
  const why = whyNot("data", plugin.name);
  const { answer, problem } = useAnswer<BucketsAnswer>(
    why === undefined ? ["plugins", plugin.name, "kv"] : undefined,
  );
  const [bucket] = rest;
  if (why !== undefined) return html`<${EmptyState} title=${say("data.closed")} text=${why} />`;
  if (bucket !== undefined)
    return html`<${BucketView} key=${bucket} plugin=${plugin.name} bucket=${bucket} />`;
  if (problem !== undefined) return html`<${ProblemNote} problem=${problem} />`;
  if (!answer) return html`<p class="soft" role="status">${say("part.loading")}</p>`;
  const { buckets } = answer.data;
  if (buckets.length === 0)
    return html`<${EmptyState} title=${say("data.none")} text=${say("data.noneText")} />`;
  const columns: readonly Column<ShownBucket>[] = [
    {
      title: say("data.bucket"),
      cell: (each) =>
        html`<a href=${href(["plugins", plugin.name, "data", each.bucket])}><${Foreign} text=${each.bucket} /></a>${!each.granted && html` <span class="tag warn">${say("data.notGranted")}</span>`}`,
    },
    { title: say("data.keys"), figures: true, cell: ({ keys }) => keys },
    { title: say("upload.size"), figures: true, cell: ({ bytes }) => bytesText(bytes) },
  ];
  return html`<${TableView} label=${say("data.buckets")} columns=${columns} rows=${buckets} keyOf=${(each: ShownBucket) => each.bucket} />`;
}
