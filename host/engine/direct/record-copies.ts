import { CodeCopies } from "../../wit/code-copies.ts";
import { code } from "./record-code.ts";

/** What moves records between JavaScript and memory. */
export const recordCode = new CodeCopies(code);
