import { isJson, prettyJson, shownText } from "../../strings/shown-text.ts";

/** Forms in which bytes are shown and written. */
export const valueForms = ["text", "json", "hex"] as const;
export type ValueForm = (typeof valueForms)[number];

/** Form that shows these bytes best. */
export function bestForm(bytes: Uint8Array): ValueForm {
  const text = utf8(bytes);
  if (text === undefined) return "hex";
  if (/^\s*[[{]/.test(text) && isJson(text)) return "json";
  // A field gives line feeds back for other line ends, and what acts on text would be seen as something else.
  return textIn("text", bytes) === undefined || shownText(text) !== text ? "hex" : "text";
}

/** Undefined where the bytes have no such form. */
export function textIn(form: ValueForm, bytes: Uint8Array): string | undefined {
  if (form === "hex") return hexOf(bytes);
  const text = utf8(bytes);
  if (text === undefined || form === "json") return text === undefined ? undefined : prettyJson(text);
  return text.includes("\r") ? undefined : text;
}

/** Undefined where the text is not of that form. JSON goes as it was written. */
export function bytesIn(form: ValueForm, text: string): Uint8Array<ArrayBuffer> | undefined {
  if (form === "json" && !isJson(text)) return undefined;
  if (form !== "hex") return new TextEncoder().encode(text);
  const digits = text.replace(/\s/g, "");
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Sixteen bytes a line. */
function hexOf(bytes: Uint8Array): string {
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const lines = [];
  for (let i = 0; i < pairs.length; i += 16) lines.push(pairs.slice(i, i + 16).join(" "));
  return lines.join("\n");
}
