/** Markup of the page: templates that become elements, whose values are text and never markup. */
import htm from "htm";
import { type ComponentChildren, h, options, type VNode } from "preact";
import { shownText } from "./strings/shown-text.ts";

export const html = htm.bind(h) as (parts: TemplateStringsArray, ...values: unknown[]) => VNode;

/** Whatever an element can have in it. */
export type Content = ComponentChildren;

/** Attributes that are shown, or read out. */
const shownAttributes = ["aria-label", "title", "placeholder", "alt"];

/**
 * Shows all text as what it is from now on, whoever wrote it and wherever a component puts it. What people write themselves, the value
 * of a field, is as they write it.
 */
export function showTextAsItIs(): void {
  const { vnode: before } = options;
  options.vnode = (node) => {
    const { type, props } = node as { type: unknown; props: unknown };
    if (type === null && typeof props === "string") (node as { props: unknown }).props = shownText(props);
    else if (typeof type === "string") {
      const attributes = props as Record<string, unknown>;
      for (const name of shownAttributes) {
        const value = attributes[name];
        if (typeof value === "string") attributes[name] = shownText(value);
      }
    }
    before?.(node);
  };
}
