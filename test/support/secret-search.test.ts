import { expect, it } from "vitest";
import { SecretSearch } from "./secret-search.ts";

const secret = 'Qz7"Wk\\9vXj2Hm4Rt8Lp';

it.each<[string, (text: string) => string]>([
  ["as it is", (text) => text],
  ["in part", (text) => text.slice(0, 10)],
  ["the end of it", (text) => text.slice(-8)],
  ["in JSON", (text) => JSON.stringify({ text })],
  ["in JSON in JSON", (text) => JSON.stringify(JSON.stringify({ text }))],
  ["in a URL", encodeURIComponent],
  ["in UTF-16", (text) => Buffer.from(text, "utf16le").toString("latin1")],
  ["in base64", (text) => Buffer.from(`ab${text}c`).toString("base64")],
  ["in base64url", (text) => Buffer.from(`a${text}`).toString("base64url")],
  ["in hexadecimal", (text) => Buffer.from(text).toString("hex")],
  ["backwards", (text) => [...text].reverse().join("")],
])("the search finds a secret %s", (_, encode) => {
  const search = new SecretSearch(["another one", secret]);
  search.add("somewhere", `before ${encode(secret)} after`);
  search.add("elsewhere", "nothing");
  expect(search.findings()).toMatchObject([{ where: "somewhere" }]);
});

it("finds one that is split over two lines of a log", () => {
  const search = new SecretSearch([secret]);
  search.addLine(`told: ${secret.slice(0, 5)}`);
  search.addLine(secret.slice(5, 12));
  expect(search.findings()).toMatchObject([{ where: "lines of the log, one after another" }]);
});

it("finds nothing where there is none", () => {
  const search = new SecretSearch([secret]);
  search.add("somewhere", `${secret.slice(0, 7)} [secret] ${secret.slice(-7)}`);
  expect(search.findings()).toEqual([]);
});

it("takes a few characters for chance, however many bytes each has", () => {
  const search = new SecretSearch(["hotcell_e3d2d16162c1"]);
  const digits = Buffer.from("5960616263", "utf16le");
  search.add("a table of digits", digits.toString("latin1"));
  search.add("its bytes", digits.toString("hex"));
  expect(search.findings()).toEqual([]);
});
