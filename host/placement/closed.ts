import { HotcellError } from "../errors.ts";

/** The end of a placement that whoever opened the plugin has closed. */
export function pluginClosed(): HotcellError {
  return new HotcellError("closed", "The plugin was closed.", {
    remedy: "Open it again, with open(…), and look its functions up there.",
  });
}
