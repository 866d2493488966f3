/** Texts of all errors of the catalogue. */
import type { ErrorCode } from "../../../errors.ts";
import type { ErrorText } from "./error-text.ts";
import { failureErrors } from "./failure-errors.ts";
import { requestErrors } from "./request-errors.ts";
import { sourceErrors } from "./source-errors.ts";
import { uploadErrors } from "./upload-errors.ts";

const texts = { ...uploadErrors, ...sourceErrors, ...requestErrors, ...failureErrors };

/** The text of a code; undefined for one that has none yet, which a test holds against. */
export function errorText(code: ErrorCode): ErrorText | undefined {
  return texts[code];
}
