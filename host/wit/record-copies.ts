import { CodeCopies } from "./code-copies.ts";
import { code } from "./record-code.ts";

/** What goes through the fields of records in JavaScript. */
export const recordConversions = new CodeCopies(code);
