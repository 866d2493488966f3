/** Errors of pulling and pushing. Of what a registry says only words of the specification are passed on: it may say what it was sent. */
import { type ErrorFacts, HotcellError } from "../../errors.ts";

export function badImage(reference: string, what: string, facts: ErrorFacts = {}): HotcellError {
  return new HotcellError("bad-image", `${reference} is no component as registries keep them: ${what}.`, {
    subject: reference,
    remedy: "Push it by hotcell push, wkg oci push or wash push: one layer of type application/wasm.",
    ...facts,
  });
}

export function damagedImage(reference: string, what: string, facts: ErrorFacts = {}): HotcellError {
  return new HotcellError("image-damaged", `The registry sent something else than ${reference}: ${what}.`, {
    subject: reference,
    remedy:
      "Try again; if it stays so, the registry or something before it is damaged: push the component again.",
    ...facts,
  });
}

export function registryFailed(registry: string, what: string, facts: ErrorFacts = {}): HotcellError {
  return new HotcellError("registry-failed", `The registry ${registry} failed: ${what}.`, {
    subject: registry,
    remedy: "Try again later, or look whether the registry works.",
    ...facts,
  });
}

export function registryTimeout(registry: string, what: string, milliseconds: number): HotcellError {
  return new HotcellError("registry-timeout", `The registry ${registry} was too slow: ${what}.`, {
    subject: registry,
    limit: `${milliseconds / 1000} s`,
    remedy: "Try again later, or pull it to a file elsewhere and upload that.",
  });
}

/** Codes of errors that the OCI distribution specification has. */
const knownCodes = new Set([
  "BLOB_UNKNOWN",
  "BLOB_UPLOAD_INVALID",
  "BLOB_UPLOAD_UNKNOWN",
  "DIGEST_INVALID",
  "MANIFEST_BLOB_UNKNOWN",
  "MANIFEST_INVALID",
  "MANIFEST_UNKNOWN",
  "NAME_INVALID",
  "NAME_UNKNOWN",
  "SIZE_INVALID",
  "UNAUTHORIZED",
  "DENIED",
  "UNSUPPORTED",
  "TOOMANYREQUESTS",
]);

/** First of those codes in the body of a refusal; undefined where there is none. */
export function specCode(body: Uint8Array): string | undefined {
  try {
    const { errors } = JSON.parse(Buffer.from(body).toString()) as { errors?: readonly { code?: unknown }[] };
    const code = errors?.[0]?.code;
    return typeof code === "string" && knownCodes.has(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
