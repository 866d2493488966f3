/**
 * `npm run corpus -- DIR`: builds a stub plugin for every world in a folder of WIT and compares the component's world
 * with it. Worlds beyond WASI 0.2 (asynchronous ones) and what wasm-tools itself does not take for WIT are skipped. Exit code 1 when one fails.
 */
import { resolve } from "node:path";
import { requireFolder } from "../given-folder.ts";
import { findCases } from "./cases.ts";
import { runCases } from "./run.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: npm run corpus -- DIR");
  process.exit(2);
}
requireFolder(folder);
const cases = findCases(resolve(folder));
const labels = { pass: "pass", fail: "FAIL", refused: "skip", invalid: "skip" };
const reasons = { pass: "", fail: "", refused: "refused: ", invalid: "not WIT: " };
const reports = await runCases(cases, {
  onReport({ name, status, detail = "", milliseconds }) {
    const why = (reasons[status] + detail).trim();
    console.log(
      `${labels[status]} ${name} (${milliseconds} ms)${why && `\n     ${why.replaceAll("\n", "\n     ")}`}`,
    );
  },
});
const count = (status: string) => reports.filter((report) => report.status === status).length;
console.log(
  `\n${cases.length} worlds: ${count("pass")} pass, ${count("fail")} fail, ${count("refused")} skipped as beyond WASI 0.2, ` +
    `${count("invalid")} skipped as not valid WIT`,
);
process.exitCode = count("fail") > 0 || cases.length === 0 ? 1 : 0;
