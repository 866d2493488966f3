import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { KeysAnswer, ListedKey } from "../../../answers/value-answers.ts";
import { ask } from "../../api/api-client.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { bytesText } from "../../parts/figures.ts";
import { Foreign } from "../../parts/foreign.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { type Column, TableView } from "../../parts/table-view.ts";
import { href, type Place, place, setQuery } from "../../shell/router.ts";
import { say } from "../../strings/speech.ts";
import { ValueEditor } from "./value-editor.ts";

interface BucketViewProps {
  readonly plugin: string;
  readonly bucket: string;
}

/** Part of the keys that is asked for at a time. */
const part = { limit: 200 };

/** Keys of a bucket, and the value of the one that the address names: `?key=:NAME`, since a key may be empty. */
export function BucketView({ plugin, bucket }: BucketViewProps) {
  const keys = useSignal<readonly ListedKey[] | undefined>(undefined);
  const next = useSignal<number | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  /** Place at which a new key is being named: whoever goes elsewhere names none. */
  const addsAt = useSignal<Place | undefined>(undefined);
  const load = async (after?: number) => {
    try {
      const { data } = await ask<KeysAnswer>(["plugins", plugin, "kv", bucket], {
        query: { ...part, after },
      });
      keys.value = after === undefined ? data.keys : [...(keys.value ?? []), ...data.keys];
      next.value = data.next;
      problem.value = undefined;
    } catch (error) {
      problem.value = error;
    }
  };
  useEffect(() => {
    void load();
  }, [plugin, bucket]);
  const here = place.value;
  const adds = addsAt.value === here;
  const named = here.query.get("key");
  const chosen = named?.startsWith(":") ? named.slice(1) : undefined;
  const open = (key: string | undefined) => {
    setQuery({ key: key === undefined ? undefined : `:${key}` });
  };
  const add = () => {
    open(undefined);
    addsAt.value = place.value;
  };
  const changed = async (key: string | undefined) => {
    // Somebody may have gone to another key meanwhile.
    if (place.value === here) open(key);
    await load();
  };
  const columns: readonly Column<ListedKey>[] = [
    {
      title: say("data.key"),
      cell: ({ key }) =>
        html`<a href=${href(["plugins", plugin, "data", bucket], { key: `:${key}` })} aria-current=${key === chosen ? "true" : undefined}>${key === "" ? html`<em>${say("data.emptyKey")}</em>` : html`<${Foreign} text=${key} />`}</a>`,
    },
    { title: say("upload.size"), figures: true, cell: ({ bytes }) => bytesText(bytes) },
  ];
  return html`<div class="page-head">
      <p class="crumb"><a href=${href(["plugins", plugin, "data"])}>${say("data.buckets")}</a></p>
      <h2><${Foreign} text=${bucket} /></h2>
      <div class="actions"><${Button} onClick=${add}>${say("data.add")}<//></div>
    </div>
    ${problem.value !== undefined && html`<${ProblemNote} problem=${problem.value} />`}
    ${(adds || chosen !== undefined) && html`<${ValueEditor} key=${adds ? "" : `:${chosen}`} plugin=${plugin} bucket=${bucket} name=${adds ? undefined : chosen} onChanged=${changed} onClose=${() => open(undefined)} />`}
    ${keys.value?.length === 0 && html`<p class="soft">${say("data.noKeys")}</p>`}
    ${keys.value && keys.value.length > 0 && html`<${TableView} label=${say("data.keysOf", { name: bucket })} columns=${columns} rows=${keys.value} keyOf=${(each: ListedKey) => each.key} />`}
    ${next.value !== undefined && html`<div class="actions center"><${Button} onClick=${() => load(next.value)}>${say("part.more")}<//></div>`}`;
}
