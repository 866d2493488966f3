/** Bytes that become text on their way in, at every door: what is not the text that was meant is refused with the reason, and nothing is guessed. */
import { beforeAll, describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import type { Body } from "../../support/test-host.ts";

const host = await hostOfFile();
const wasm = sample();
beforeAll(async () => {
  expect((await host.put("calc", wasm)).status).toBe(201);
});

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const bom = [0xef, 0xbb, 0xbf];

const doors: readonly [string, (body: Body, type?: string) => ReturnType<typeof host.send>][] = [
  ["a call", (body, type) => send("POST", "/call/calc/echo", body, type)],
  ["a settings patch", (body, type) => send("PATCH", "/plugins/calc", body, type)],
  ["a token", (body, type) => send("POST", "/tokens", body, type)],
  ["a rollback", (body, type) => send("POST", "/plugins/calc/rollback", body, type)],
  ["the settings of an upload", (body) => sendField("settings", body)],
  ["the checks of an upload", (body) => sendField("checks", body)],
];

function send(method: string, path: string, body: Body, type = "application/json") {
  return host.send(method, path, { body, headers: { "content-type": type } });
}

function sendField(name: string, content: Body, header = "") {
  const start = `--b\r\nContent-Disposition: form-data; name="plugin"; filename="a"\r\n\r\n`;
  const middle = `\r\n--b\r\nContent-Disposition: form-data; name="${name}"\r\n${header}\r\n`;
  const body = bytes(start, [...wasm], middle, [...Buffer.from(content as Buffer)], "\r\n--b--\r\n");
  return host.send("PUT", "/plugins/calc", {
    body,
    headers: { "content-type": "multipart/form-data; boundary=b" },
  });
}

describe.each(doors)("JSON of %s", (_, post) => {
  it.each<[string, Buffer, RegExp, RegExp]>([
    ["with a byte order mark", bytes(bom, "{}"), /byte order mark/, /UTF-8 without BOM/],
    ["as UTF-16", bytes([0xff, 0xfe], [...Buffer.from("{}", "utf16le")]), /UTF-16/, /UTF-8/],
    ["as UTF-16 with the high byte first", bytes([0xfe, 0xff, 0, 0x7b, 0, 0x7d]), /UTF-16/, /UTF-8/],
    ["as UTF-16 without a mark", bytes([...Buffer.from("{}", "utf16le")]), /UTF-16/, /UTF-8/],
    ["as Latin-1", bytes('{"a":"caf', [0xe9], '"}'), /not UTF-8/, /UTF-8/],
    ["with half a letter", bytes('{"a":"', [0xc3], '"}'), /not UTF-8/, /UTF-8/],
    ["compressed, without a word", bytes([0x1f, 0x8b, 8, 0]), /is gzip/, /Content-Encoding: gzip/],
    ["that is cut off", bytes('{"a":'), /not JSON/, /double quotes/],
    ["with a comment", bytes("{} // none"), /not JSON/, /comments/],
  ])("%s is refused with the reason and the remedy", async (__, body, detail, remedy) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      json: {
        code: "bad-json",
        detail: expect.stringMatching(detail),
        remedy: expect.stringMatching(remedy),
      },
    });
  });
});

describe.each(doors.slice(0, 3))("the charset of %s", (_, post) => {
  it.each(["iso-8859-1", '"utf-16"', "windows-1252", "utf-8x", ""])("may not be %s", async (charset) => {
    expect(await post("{}", `application/json; charset=${charset}`)).toMatchObject({
      status: 415,
      json: { subject: "charset", expected: "UTF-8", remedy: expect.stringContaining("leave charset out") },
    });
  });

  it.each(["utf-8", "UTF-8", '"utf8"', "us-ascii", "utf-8; x=y"])("may be %s", async (charset) => {
    expect((await post("{}", `application/json; charset=${charset}`)).status).not.toBe(415);
  });
});

describe("a part of a form", () => {
  it.each([
    ["Content-Transfer-Encoding: base64\r\n", 400, "comes encoded (base64)"],
    ["Content-Transfer-Encoding: quoted-printable\r\n", 400, "comes encoded (quoted-printable)"],
    ["Content-Encoding: gzip\r\n", 400, "comes encoded (gzip)"],
    ["Content-Type: application/json; charset=latin1\r\n", 415, "claims to be text in latin1"],
  ])("with %j is refused", async (header, status, told) => {
    const answer = await sendField("settings", "{}", header);
    expect(answer).toMatchObject({ status, json: { remedy: expect.any(String) } });
    expect(answer.json.detail).toContain(`The field "settings" ${told}`);
  });

  it.each(["Content-Transfer-Encoding: binary\r\n", "Content-Type: application/json; charset=utf-8\r\n"])(
    "with %j is taken",
    async (header) => expect((await sendField("settings", "{}", header)).status).toBe(200),
  );

  it("whose name is no UTF-8 is no field", async () => {
    const body = bytes(
      '--b\r\nContent-Disposition: form-data; name="setting',
      [0xff],
      '"\r\n\r\n{}\r\n--b--\r\n',
    );
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    expect(await host.send("PUT", "/plugins/calc", { body, headers })).toMatchObject({
      status: 400,
      json: { code: "bad-request", detail: expect.stringContaining("The form takes no field") },
    });
  });
});

describe("a path", () => {
  it.each([
    ["GET", "/plugins/calc%ff", 404],
    ["GET", "/plugins/c%61lc", 200],
    ["GET", "/plugins/c%2561lc", 404],
    ["GET", "/plugins/calc%00", 404],
    ["GET", "/plugins/%EF%BB%BFcalc", 404],
    ["PUT", "/plugins/calc%ff", 400],
    ["GET", "/call/calc/version%ff", 404],
    ["GET", "/call/calc/version%", 404],
    ["GET", "/call/calc/v%65rsion", 200],
    ["GET", "/plugins/calc/versions/sha256:%ff/wasm", 404],
    ["DELETE", "/tokens/%ff", 404],
  ])("%s %s is answered %i", async (method, path, status) => {
    const answer = await host.send(method, path, { headers: { "content-type": "application/wasm" } });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain("\ufffd");
  });
});
