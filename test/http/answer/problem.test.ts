import { afterAll, describe, expect, it, vi } from "vitest";
import { createAccess } from "../../../host/access/access.ts";
import { HotcellError, TrapError } from "../../../host/errors.ts";
import { createHost } from "../../../host/host.ts";
import { createApp } from "../../../host/http/app.ts";
import { linkFailed } from "../../../host/registry/links/link-errors.ts";

const host = await createHost();
afterAll(() => host.close());

/** An app whose list of plugins throws. */
function failing(thrown: unknown) {
  const faults: unknown[] = [];
  const app = createApp({
    registry: {
      ...host.registry,
      list: () => {
        throw thrown;
      },
    },
    store: host.store,
    tokens: host.tokens,
    pull: host.pull,
    checkSource: host.checkSource,
    access: createAccess({ address: "127.0.0.1" }),
    logFault: (error) => faults.push(error),
  });
  return { faults, list: () => app.request("/plugins", { headers: { host: "localhost" } }) };
}

describe("what is thrown", () => {
  it("by mistake is logged with its cause, and the answer tells nothing of it", async () => {
    const mistake = new TypeError("secret is undefined");
    const { faults, list } = failing(mistake);
    const answer = await list();
    expect(answer.status).toBe(500);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const body = await answer.text();
    expect(JSON.parse(body)).toMatchObject({ code: "fault", type: "urn:hotcell:error:fault", status: 500 });
    expect(body).not.toMatch(/secret|TypeError|\.ts/);
    expect(faults).toEqual([mistake]);
  });

  it("from the catalogue is answered with its facts and without its cause, and not logged", async () => {
    const { faults, list } = failing(
      new HotcellError("bad-argument", "Wrong.", {
        subject: "x",
        remedy: "Mend it.",
        extra: { near: ["y"], big: 2n ** 64n },
        cause: new Error("secret"),
      }),
    );
    const answer = await list();
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      type: "urn:hotcell:error:bad-argument",
      title: "Invalid argument",
      status: 400,
      code: "bad-argument",
      detail: "Wrong.",
      subject: "x",
      remedy: "Mend it.",
      near: ["y"],
      big: "18446744073709551616",
    });
    expect(faults).toEqual([]);
  });

  it("because the store can't be used is logged with its name, once a minute and without a stack", async () => {
    using said = vi.spyOn(console, "error").mockReturnValue();
    const cause = new Error("timeout");
    const away = new HotcellError("store-unavailable", "The store nats://h/n can't be used: timeout.", {
      cause,
    });
    const { faults, list } = failing(away);
    expect((await list()).status).toBe(503);
    expect((await list()).status).toBe(503);
    expect(faults).toEqual([]);
    expect(said.mock.calls).toEqual([["store-unavailable: The store nats://h/n can't be used: timeout."]]);
  });

  const link = { from: "a", to: "b", interface: "x:y/z", name: "f", type: { parameters: [] } };
  const failed = (thrown: unknown) =>
    linkFailed({ ...link, from: "c", to: "a" }, linkFailed(link, thrown)) as HotcellError;

  it.each([
    ["a trap", new TrapError("unreachable")],
    ["a spent rate", new HotcellError("fuel-rate", "Spent.")],
  ])("beneath a link, %s, is the plugin's and not logged", async (_, thrown) => {
    const { faults, list } = failing(failed(thrown));
    expect((await list()).status).toBe(502);
    expect(faults).toEqual([]);
  });

  it("by mistake beneath a link is logged with its cause", async () => {
    const mistake = new TypeError("secret is undefined");
    const { faults, list } = failing(failed(mistake));
    expect((await list()).status).toBe(502);
    expect(faults).toEqual([mistake]);
  });

  it("is not looked for in what a plugin's process says", async () => {
    const { faults, list } = failing(
      new HotcellError("link-failed", "It failed.", {
        extra: { reason: "fault" },
        cause: new Error("so it says"),
      }),
    );
    expect((await list()).status).toBe(502);
    expect(faults).toEqual([]);
  });
});
