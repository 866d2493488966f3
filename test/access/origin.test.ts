import { describe, expect, it } from "vitest";
import { refuseCrossSite } from "../../host/access/origin.ts";

const check = (fields: Record<string, string>) => () =>
  refuseCrossSite(new Headers({ host: "localhost:8787", ...fields }));

describe("refuseCrossSite", () => {
  it.each<Record<string, string>>([
    {},
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "same-origin", origin: "http://localhost:8787" },
    { origin: "http://localhost:8787" },
  ])("lets %j pass", (fields) => expect(check(fields)).not.toThrow());

  it.each<Record<string, string>>([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", origin: "http://localhost:3000" },
    { origin: "http://localhost:3000" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ])("refuses %j", (fields) => {
    expect(check(fields)).toThrow(expect.objectContaining({ code: "cross-site", status: 403 }));
  });
});
