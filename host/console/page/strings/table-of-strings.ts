/** Table of all sentences of the page, put together of its parts. */
import { partStrings } from "./part-strings.ts";
import { pluginStrings } from "./plugin-strings.ts";
import { shellStrings } from "./shell-strings.ts";

export const table = { ...shellStrings, ...partStrings, ...pluginStrings };
