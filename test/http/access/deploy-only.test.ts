/** What a token of scope `deploy` alone does not come to: knowledge of settings, or other settings. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, vi } from "vitest";
import { pluginBounds } from "../../../host/bounds/cell-bounds.ts";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { startTestHost, type TestHost } from "../../support/test-host.ts";

const host = await hostOfFile({ privateCalls: true });
const deployer = (await host.tokens.create({ scopes: ["deploy"] }, "admin")).token;

function upload(name: string, settings: unknown, { token = deployer, query = "", to = host } = {}) {
  const body = new FormData();
  body.set("plugin", new Blob([sample() as Uint8Array<ArrayBuffer>]), "plugin.wasm");
  if (settings !== undefined) body.set("settings", JSON.stringify(settings));
  return to.send("PUT", `/plugins/${name}${query}`, { body, headers: { authorization: `Bearer ${token}` } });
}

function patch(name: string, settings: unknown, query = "") {
  const headers = { authorization: `Bearer ${deployer}`, "content-type": "application/json" };
  return host.send("PATCH", `/plugins/${name}${query}`, { body: JSON.stringify(settings), headers });
}

const secret = "Zr4-what-nobody-knows";
const held = {
  mode: "fresh",
  limits: { fuel: 2_000_000 },
  grants: { clocks: { resolution: 5 } },
  env: { KEY: { secret }, OPEN: "plain" },
};

describe("a guess at a secret", () => {
  it.each(["", "?dry-run"])("is answered alike, right or wrong %s", async (query) => {
    await upload("guessed", held, { token: "test-token" });
    for (const send of [upload, patch]) {
      const answers: unknown[] = [];
      for (const guess of [secret, "another"]) {
        for (const env of [{ KEY: { secret: guess } }, { KEY: { secret: guess }, OPEN: "plain" }]) {
          const sent = { ...held, env };
          const answer = await (send === patch
            ? patch("guessed", sent, query)
            : upload("guessed", sent, { query }));
          answers.push(answer.json);
        }
      }
      expect(answers[0]).toMatchObject({ status: 403, code: "forbidden", scope: "configure" });
      expect(answers[0]).toMatchObject({ needs: [{ scope: "configure", paths: ["env.KEY"] }] });
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }
    expect(host.registry.details("guessed").revision).toBe(1);
  });

  it("is none where it comes as it was read, and changes nothing", async () => {
    await upload("read", held, { token: "test-token" });
    const { asked } = host.registry.details("read");
    expect(await upload("read", asked)).toMatchObject({ status: 200, json: { outcome: "unchanged" } });
    expect(await patch("read", asked)).toMatchObject({ status: 200, json: { outcome: "unchanged" } });
  });

  it("does not stop one who may configure, and for whom it still changes nothing", async () => {
    await upload("same", held, { token: "test-token" });
    const { token } = await host.tokens.create({ scopes: ["deploy", "configure"] }, "admin");
    expect((await upload("same", held, { token })).json).toMatchObject({
      outcome: "unchanged",
      settingsChanges: [],
    });
  });

  it("does not tell how long it is, by how much more there may be", async () => {
    await upload("long", held, { token: "test-token" });
    for (const room of [0, secret.length, 200]) {
      const answer = await upload("long", { env: { MORE: "x".repeat(pluginBounds.env.value - room) } });
      expect(answer.json).toMatchObject({ code: "forbidden", scope: "configure" });
      expect(answer.text).not.toContain(`${pluginBounds.env.value}`);
    }
  });
});

describe("settings that can't be read any more", () => {
  const damaged = async (
    act: (to: TestHost, tokenOf: (scopes: string[]) => Promise<string>) => Promise<void>,
  ) => {
    const data = await mkdtemp(join(tmpdir(), "hotcell-deploy-only-"));
    vi.spyOn(console, "error").mockImplementation(() => {});
    try {
      const before = await startTestHost({ data });
      await upload("confined", { ...held, placement: "process" }, { token: "test-token", to: before });
      await before.close();
      const db = new DatabaseSync(join(data, "hotcell.db"));
      db.exec("UPDATE plugins SET settings = '{'");
      db.close();
      const to = await startTestHost({ data });
      try {
        await act(to, async (scopes) => (await to.tokens.create({ scopes }, "admin")).token);
      } finally {
        await to.close();
      }
    } finally {
      vi.restoreAllMocks();
      await rm(data, { recursive: true, force: true });
    }
  };

  it("are not replaced, by defaults or others", () =>
    damaged(async (to, tokenOf) => {
      const token = await tokenOf(["deploy"]);
      for (const settings of [undefined, {}, { mode: "shared" }, { placement: "process" }]) {
        expect((await upload("confined", settings, { token, to })).json).toMatchObject({
          status: 403,
          scope: "configure",
          subject: "settings",
        });
      }
      expect(to.registry.details("confined")).toMatchObject({ revision: 1, damaged: {} });
    }));

  it("are replaced by who may configure, and the answer says so", () =>
    damaged(async (to, tokenOf) => {
      const token = await tokenOf(["deploy", "configure"]);
      const planned = await upload("confined", { placement: "process" }, { token, to, query: "?dry-run" });
      const settingsChanges = [
        { path: "settings", kind: "configure" },
        { path: "placement", kind: "configure", from: "inline", to: "process" },
      ];
      expect(planned.json).toMatchObject({
        outcome: "planned",
        settingsChanges: expect.arrayContaining(settingsChanges),
      });
      expect((await upload("confined", undefined, { token, to })).json).toMatchObject({
        outcome: "swapped",
        settingsChanges: [{ path: "settings", kind: "configure" }],
      });
      const history = await to.send("GET", "/plugins/confined/deployments");
      expect(history.json.deployments[0].details.settings).toEqual(["settings"]);
    }));
});
