import { type Content, html } from "../markup.ts";

interface ButtonProps {
  /** `primary`: what one most likely wants here, one a place. `danger`: takes something away. `quiet`: a text that can be pressed. */
  readonly kind?: "plain" | "primary" | "danger" | "quiet";
  readonly type?: "button" | "submit";
  readonly small?: boolean;
  /** Name, where the content is none. */
  readonly label?: string;
  /** It is under way: pressing it again does nothing. */
  readonly busy?: boolean | undefined;
  /** Reason for which it can't be pressed, shown to everybody who looks at it; it can still be reached by keyboard. */
  readonly why?: string | undefined;
  readonly onClick?: (event: MouseEvent) => void;
  readonly children?: Content;
}

/** Button that says why it can't be pressed. */
export function Button(props: ButtonProps) {
  const {
    kind = "plain",
    type = "button",
    small = false,
    label,
    busy = false,
    why,
    onClick,
    children,
  } = props;
  const off = busy || why !== undefined;
  const press = (event: MouseEvent) => {
    if (off) event.preventDefault();
    else onClick?.(event);
  };
  return html`<button
    type=${type}
    class="button ${kind} ${small ? "small" : ""} ${busy ? "busy" : ""}"
    aria-disabled=${off ? "true" : undefined}
    aria-busy=${busy ? "true" : undefined}
    aria-label=${label}
    aria-description=${why}
    title=${why ?? label}
    onClick=${press}
  >${children}</button>`;
}
