/** Table of all sentences of the page, put together of its parts. */

import { callStrings } from "./call-strings.ts";
import { changeStrings } from "./change-strings.ts";
import { contractStrings } from "./contract-strings.ts";
import { dataStrings } from "./data-strings.ts";
import { historyStrings } from "./history-strings.ts";
import { hostStrings } from "./host-strings.ts";
import { partStrings } from "./part-strings.ts";
import { pluginStrings } from "./plugin-strings.ts";
import { rolloutStrings } from "./rollout-strings.ts";
import { settingsStrings } from "./settings-strings.ts";
import { shellStrings } from "./shell-strings.ts";
import { uploadStrings } from "./upload-strings.ts";

export const table = {
  ...shellStrings,
  ...partStrings,
  ...pluginStrings,
  ...hostStrings,
  ...callStrings,
  ...historyStrings,
  ...changeStrings,
  ...contractStrings,
  ...dataStrings,
  ...settingsStrings,
  ...uploadStrings,
  ...rolloutStrings,
};
