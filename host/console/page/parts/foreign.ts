import { html } from "../markup.ts";

/**
 * Text that somebody else wrote: what would act on what stands around it, such as marks of direction and control characters of
 * terminals, is shown as what it is.
 */
export function Foreign({ text }: { readonly text: string }) {
  return html`<bdi class="foreign">${shownText(text)}</bdi>`;
}

/** The same for attributes and `<pre>`. Line breaks and tabs stay. */
export function shownText(text: string): string {
  return text.replace(acting, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** Controls but tab and line feed, marks of direction, characters that nobody sees, half surrogate pairs; not what joins letters and emoji. */
const acting = /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_C}\p{DI}\ufff9-\ufffb]--[\t\n\u200c\u200d\ufe00-\ufe0f]]/gv;
