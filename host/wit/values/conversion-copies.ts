import { CodeCopies } from "./code-copies.ts";
import { recordConverters } from "./conversion-code.ts";
import { ownShape } from "./own-shape.ts";

/** Copies of the code that goes through the fields of records in JavaScript. */
export const recordConversions = new CodeCopies(recordConverters, ownShape);
