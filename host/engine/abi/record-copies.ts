import { CodeCopies } from "../../wit/values/code-copies.ts";
import { ownShape } from "../../wit/values/own-shape.ts";
import { recordMovers } from "./record-code.ts";

/** What moves records between JavaScript and memory. */
export const recordCode = new CodeCopies(recordMovers, ownShape);
