/** Forms as clients send them, and as nobody should: what is in them is counted before anything is parsed. */
import { describe, expect, test } from "vitest";
import { formParts } from "../../../host/http/body/multipart.ts";

const boundary = "----boundary";
const type = `multipart/form-data; boundary=${boundary}`;
const field = (name: string, content: string, more = "") =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;
const end = `--${boundary}--\r\n`;

const parse = async (text: string, contentType = type) => {
  const parts = await formParts(new Uint8Array(Buffer.from(text, "latin1")), contentType);
  return parts.map(({ name, filename, content }) => [
    name,
    filename !== undefined,
    Buffer.from(content).toString("latin1"),
  ]);
};

test("reads what clients make", async () => {
  const form = new FormData();
  form.set("plugin", new Blob(["\0asm\r\n--\xff"]), 'a "name".wasm');
  form.set("settings", '{"mode":"fresh"}');
  form.set("é\r\n", "");
  const request = new Request("http://host/", { method: "PUT", body: form });
  const body = new Uint8Array(await request.arrayBuffer());
  const parts = await formParts(body, request.headers.get("content-type")!);
  expect(parts.map(({ name, filename }) => [name, filename !== undefined])).toEqual([
    ["plugin", true],
    ["settings", false],
    ["é\r\n", false],
  ]);
  expect(parts.map(({ content }) => Buffer.from(content).toString())).toEqual([
    "\0asm\r\n--\xff",
    '{"mode":"fresh"}',
    "",
  ]);
});

describe("takes", () => {
  test.each([
    ["an empty form", end, []],
    ["dashes all over, which end it at once", `--${boundary}${"-".repeat(8_000_000)}`, []],
    [
      "what stands before and after the parts",
      `a preamble\r\n${field("a", "1")}${end}an epilogue`,
      [["a", false, "1"]],
    ],
    ["a file", field("a", "1", '; filename="x"'), undefined],
    [
      "contents that look like a boundary",
      field("a", `x--${boundary}\r\n-${boundary}`) + end,
      [["a", false, `x--${boundary}\r\n-${boundary}`]],
    ],
    [
      "empty contents",
      field("a", "") + field("b", "\r\n") + end,
      [
        ["a", false, ""],
        ["b", false, "\r\n"],
      ],
    ],
    ["eight parts", field("a", "1").repeat(8) + end, Array(8).fill(["a", false, "1"])],
  ])("%s", async (_, text, expected) => {
    if (expected) expect(await parse(text)).toEqual(expected);
    else expect(await parse(text + end)).toEqual([["a", true, "1"]]);
  });

  test.each([
    `multipart/form-data; boundary="${boundary}"`,
    `multipart/form-data; charset=utf-8; Boundary=${boundary}`,
    `multipart/form-data;boundary=${boundary} ; x=y`,
  ])("the type %s", async (contentType) => {
    expect(await parse(field("a", "1") + end, contentType)).toEqual([["a", false, "1"]]);
  });
});

describe("refuses", () => {
  test.each([
    ["200,000 parts", field("a", "").repeat(200_000) + end, 128],
    ["129 parts", field("a", "").repeat(129) + end, 128],
    ["a million lines in a header", field("a", "", "\r\nx-a: b".repeat(1_000_000)) + end, 8192],
    ["a long line in a header", field("a", "", `; x="${"b".repeat(8_000_000)}"`) + end, 8192],
    ["a long name of a file", field("a", "", `; filename="${"%22".repeat(3_000_000)}"`) + end, 8192],
    ["a header that never ends", `--${boundary}\r\n${"a: b\r\n".repeat(1_000_000)}`, 8192],
  ])("%s", async (_, text, limit) => {
    await expect(parse(text)).rejects.toMatchObject({
      code: "bad-request",
      facts: { limit, remedy: expect.any(String) },
    });
  });

  const dashes = "-".repeat(68);
  test.each([
    ["no boundary", field("a", "1") + end, "multipart/form-data"],
    ["another boundary", field("a", "1") + end, "multipart/form-data; boundary=other"],
    ["a boundary of 71 characters", field("a", "1") + end, `multipart/form-data; boundary=${"x".repeat(71)}`],
    ["a form that never ends", field("a", "x".repeat(1_000_000)), type],
    ["a boundary that is not alone on its line", `--${boundary}x\r\n${field("a", "1")}${end}`, type],
    ["a part without a name", `--${boundary}\r\nContent-Type: text/plain\r\n\r\n1\r\n${end}`, type],
    [
      "a part of another disposition",
      `--${boundary}\r\nContent-Disposition: attachment\r\n\r\n1\r\n${end}`,
      type,
    ],
    ["a header that is none", `--${boundary}\r\n\0\r\n\r\n1\r\n${end}`, type],
    ["line ends all over", "\r\n".repeat(4_000_000), `multipart/form-data; boundary=${dashes}`],
    [
      "beginnings of the boundary",
      `\r\n--${dashes.slice(1)}x`.repeat(100_000),
      `multipart/form-data; boundary=${dashes}`,
    ],
  ])("%s", async (_, text, contentType) => {
    await expect(parse(text, contentType)).rejects.toMatchObject({ code: "bad-request" });
  });
});
