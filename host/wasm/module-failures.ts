import { HotcellError } from "../errors.ts";
import { beginning } from "../text/cut.ts";

/** The bytes are not a core module. */
export function malformed(detail: string, offset: number): HotcellError {
  return new HotcellError("malformed-component", `Malformed core module at byte ${offset}: ${detail}.`, {
    offset,
    remedy: "Build the component again; the file may be cut or damaged.",
  });
}

/** The bytes may be a core module, but use something that can't be metered or is not known. */
export function unsupported(feature: string, offset: number): HotcellError {
  return new HotcellError(
    "unsupported-feature",
    `A core module uses ${feature} (at byte ${offset}), which is not supported.`,
    {
      subject: feature,
      offset,
      remedy: "Build the component without it: 32-bit memories, no threads, no garbage-collected types.",
    },
  );
}

/** Exceptions lie on the host's heap, where nobody counts them: `what` would keep them from call to call. */
export function keepsExceptions(what: string, offset: number): HotcellError {
  const feature = `${what} exceptions`;
  return new HotcellError(
    "unsupported-feature",
    `A core module uses ${feature} (at byte ${offset}), which is not supported.`,
    { subject: feature, offset, remedy: "Keep exceptions in locals, parameters and results only." },
  );
}

export function unknownOpcode(prefix: number | undefined, code: number, offset: number): HotcellError {
  const hex = (value: number) => `0x${value.toString(16).padStart(2, "0")}`;
  const name = prefix === undefined ? hex(code) : `${hex(prefix)} ${hex(code)}`;
  const family = prefix === 0xfb ? " (garbage collection)" : prefix === 0xfe ? " (threads)" : "";
  return unsupported(`the instruction ${name}${family}`, offset);
}

/** A guest takes a name that is kept for what hardening adds. */
export function reserved(name: string, offset: number): HotcellError {
  return new HotcellError(
    "unsafe-name",
    `A core module imports or exports ${JSON.stringify(beginning(name, 100))}; names may not begin with U+0000.`,
    { subject: beginning(name, 100), offset, remedy: "Rename it." },
  );
}
