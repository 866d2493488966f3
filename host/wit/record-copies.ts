import { CodeCopies } from "./code-copies.ts";
import { ownShape } from "./own-shape.ts";
import { recordConverters } from "./record-code.ts";

/** What goes through the fields of records in JavaScript. */
export const recordConversions = new CodeCopies(recordConverters, ownShape);
