/** Markup of the page: templates that become elements, whose values are text and never markup. */
import htm from "htm";
import { type ComponentChildren, h, type VNode } from "preact";

export const html = htm.bind(h) as (parts: TemplateStringsArray, ...values: unknown[]) => VNode;

/** Whatever an element can have in it. */
export type Content = ComponentChildren;
