import { CodeCopies } from "./code-copies.ts";
import { code } from "./record-check.ts";

/** What checks records that come from JavaScript. */
export const recordChecks = new CodeCopies(code);
