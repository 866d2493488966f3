/** Addresses at which there is no host of Hotcell: nothing at all, something else, or TLS where there is none. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lineHere } from "./line-here.ts";

/** As a proxy that wants somebody to log in, or a router's page, answers whatever it is asked. */
const page = createServer((request, response) => {
  response.statusCode = request.url === "/plugins/gone" ? 404 : 200;
  response.setHeader("content-type", "text/html");
  response.end("<!doctype html><title>Log in</title>");
});
let url = "";
beforeAll(async () => {
  page.listen(0, "127.0.0.1");
  await once(page, "listening");
  url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
});
afterAll(() => page.close());

const hotcell = (...line: readonly string[]) => lineHere(line, { HOTCELL_DATA: "/nonexistent" });

describe("where something else answers", () => {
  it.each([
    ["ls"],
    ["show", "gone"],
    ["history", "shop"],
    ["logs"],
    ["top"],
    ["token", "list"],
    ["kv", "list", "shop"],
    ["contract", "list"],
    ["client"],
  ])("hotcell %s says so", async (...line) => {
    const { code, stdout, stderr } = await hotcell(...line, "--url", url);
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
    expect(stderr).toMatch(
      /^http:\S+ answered (?:200 OK|404 Not Found), and not as a host does\.\nName the address/,
    );
  });
});

describe("where nothing answers", () => {
  it("says what can be done about it", async () => {
    const told = async (address: string) => (await hotcell("ls", "--url", address)).stderr;
    expect(await told("http://127.0.0.1:9")).toContain("Start a host there with hotcell serve");
    expect(await told(url.replace("http", "https"))).toContain("It does not speak TLS: name it by http://");
    expect(await told("http://nowhere.invalid")).toMatch(/No such name is known here|can't be looked up/);
  });
});
