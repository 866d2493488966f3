import type { Authored } from "./authored.ts";
import { csv } from "./plugins/csv/expected.ts";
import { image } from "./plugins/image/expected.ts";
import { markdown } from "./plugins/markdown/expected.ts";
import { orders } from "./plugins/orders/expected.ts";
import { jsonRules } from "./plugins/rules/expected.ts";
import { sessions } from "./plugins/sessions/expected.ts";
import { tokenizer } from "./plugins/tokens/expected.ts";

/** Plugins of the kinds that authors write: texts, tables, rules in JSON, pictures, a resource, nested types, state. */
export const authored: readonly Authored[] = [markdown, csv, jsonRules, image, tokenizer, orders, sessions];
