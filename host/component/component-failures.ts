import { HotcellError } from "../errors.ts";

/** The bytes are not the binary format. */
export function malformedComponent(detail: string, offset: number): HotcellError {
  return new HotcellError("malformed-component", `Malformed component at byte ${offset}: ${detail}.`, {
    offset,
    remedy: "Build the component again; the file may be cut or damaged.",
  });
}

/** The bytes are the binary format, but what they say breaks a validation rule. */
export function invalid(detail: string, offset: number, subject?: string): HotcellError {
  return new HotcellError("invalid-component", `Invalid component at byte ${offset}: ${detail}.`, {
    offset,
    ...(subject !== undefined && { subject }),
  });
}

/** Nothing stands at an index. */
export function unknownIndex(what: string, index: number, count: number, offset: number): HotcellError {
  return invalid(`unknown ${what} ${index} (there are ${count})`, offset);
}

/**
 * A feature of the component model that Hotcell recognises and does not run, on no engine: calls of cells are
 * synchronous, and what the decoder can't read, jco's name gate can't vouch for.
 */
export function unsupportedFeature(feature: string, offset: number): HotcellError {
  return new HotcellError("unsupported-feature", `The component uses ${feature}, which is not supported.`, {
    subject: feature,
    offset,
    remedy:
      "Build the component without it: every engine, jco's too, runs the synchronous component model (WASI 0.2).",
  });
}
