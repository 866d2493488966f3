/** Origin of a version that was pulled, as the history keeps it. */
import * as v from "valibot";

/** Place that a version was pulled from. */
export interface VersionOrigin {
  /** Reference to it in a registry, as it was asked for. */
  readonly oci: string;
  /** Digest of the manifest that this stood for. */
  readonly digest: string;
}

const schema = v.object({ oci: v.string(), digest: v.string() });

/** Origin in the details of a deployment; undefined where it has none. */
export function originIn(details: unknown): VersionOrigin | undefined {
  const { origin } = (details ?? {}) as { readonly origin?: unknown };
  return v.is(schema, origin) ? { oci: origin.oci, digest: origin.digest } : undefined;
}
