import { expect, test, vi } from "vitest";
import { report } from "../../host/cli/report.ts";
import { HotcellError } from "../../host/errors.ts";
import { actsOn } from "../support/acting-characters.ts";

test("what a plugin said reaches the terminal without what would steer it", () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    const said = "\u001b[2Jall is well\r\u202etxet\u2028";
    report(new HotcellError("init-failed", `The plugin refuses its configuration: ${said}\nline 2`));
    expect(printed.mock.calls).toEqual([
      ["The plugin refuses its configuration: \\u{1b}[2Jall is well\\u{d}\\u{202e}txet\\u{2028}\nline 2"],
    ]);
    for (const error of [
      new Error(`broken: ${said}`),
      new HotcellError("fault", "Hotcell failed.", { cause: new Error(said) }),
    ]) {
      report(error);
      const [told] = printed.mock.lastCall as [string];
      expect(told).toContain("\\u{1b}[2Jall is well");
      expect(actsOn(told.replaceAll("\n", ""))).toBe(false);
    }
  } finally {
    printed.mockRestore();
  }
});
