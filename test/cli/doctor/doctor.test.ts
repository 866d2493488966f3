/** Findings of `hotcell doctor`, each made real. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createListener } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileSystem } from "../../../host/cli/doctor/data-checks.ts";
import { diagnoseHere, diagnoseThere } from "../../../host/cli/doctor/diagnosis.ts";
import type { DoctorFinding } from "../../../host/cli/doctor/finding.ts";
import { checkPeers } from "../../../host/cli/doctor/peer-checks.ts";
import { localHosts } from "../../../host/cli/remote/local-host.ts";
import type { CommandLine } from "../../../host/cli/server/server-options.ts";
import { finished, killRunning, Lines, type Running, root, startHotcell } from "../../support/cli.ts";
import { authorization, startTestHost } from "../../support/test-host.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-doctor-"));
await chmod(scratch, 0o755);
let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(scratch, "data-"));
});
afterEach(killRunning);
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Any free port, so that what this machine runs is not found. */
const here = async (environment: Record<string, string> = {}, line: CommandLine = {}) =>
  named(await diagnoseHere(environment, { port: "0", data, ...line }));

const named = (findings: readonly DoctorFinding[]): Record<string, DoctorFinding> =>
  Object.fromEntries(findings.map((each) => [each.name, each]));

const finding = (state: DoctorFinding["state"], found: RegExp, remedy?: RegExp) => ({
  state,
  found: expect.stringMatching(found),
  ...(remedy && { remedy: expect.stringMatching(remedy) }),
});

describe("hotcell doctor", () => {
  it("has nothing to say against a folder that a host can begin in", async () => {
    const run = await finished(startHotcell(["doctor", "--port", "0", "--data", join(data, "new")]));
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("\nok     data-folder: ");
    expect(run.stdout).toMatch(/\n0 wrong, \d+ to note, \d+ well\n$/);
  });

  it("ends with 1 where something is wrong, and says it as JSON", async () => {
    await rm(data, { recursive: true });
    await writeFile(data, "");
    const run = await finished(startHotcell(["doctor", "--json", "--port", "0", "--data", data]));
    expect(run).toMatchObject({ code: 1, stderr: "" });
    const { ok, findings } = JSON.parse(run.stdout) as { ok: boolean; findings: DoctorFinding[] };
    expect(ok).toBe(false);
    expect(named(findings)["data-folder"]).toEqual({
      name: "data-folder",
      state: "wrong",
      found: `${data} is no folder.`,
      remedy: "Choose another: HOTCELL_DATA or --data.",
    });
  });

  it("finds the host that serves from the folder, and asks it for its health", async () => {
    const lines = new Lines(startHotcell(["serve", "--port", "0", "--data", data]));
    const [url = ""] = /http:\S+/.exec((await lines.until(/Admin token/)).join("\n"))!;
    const found = await here({}, { port: new URL(url).port });
    expect(found.port).toEqual({
      name: "port",
      state: "ok",
      found: `the host that serves from the data folder listens on ${new URL(url).host}`,
    });
    expect(found["data-in-use"]).toMatchObject(
      finding("ok", /^process \d+ on .* serves from it since .*, on http:/),
    );
    for (const name of [
      "data-folder",
      "data-room",
      "token",
      "clock",
      "host",
      "ready",
      "host-clock",
      "access",
    ])
      expect(found[name]).toMatchObject({ state: "ok" });
    // The host is as it was.
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it("knows both addresses of a host, and takes none for one that died", async () => {
    const child = startHotcell(["serve", "--port", "0", "--admin", "0", "--data", data]);
    const lines = (await new Lines(child).until(/Admin token/)).join("\n");
    const [port = "", admin = ""] = Array.from(lines.matchAll(/http:\S+/g), ([url]) => new URL(url).port);
    const found = await here({}, { port, admin });
    expect([found.port, found["admin-port"], found.host]).toMatchObject(Array(3).fill({ state: "ok" }));
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    const left = await here({}, { port, admin });
    expect(left["data-in-use"]).toMatchObject({ state: "ok", found: "no host serves from it" });
    expect(left).not.toHaveProperty("host");
    expect(left.port).toMatchObject(finding("ok", /is free/));
    expect((await here({}, { port, admin: port }))["admin-port"]).toMatchObject(
      finding("wrong", /port of all else/),
    );
  });

  it("finds hosts that share the folder, also where the last that began has died", async () => {
    const urls: string[] = [];
    let last: Running | undefined;
    for (let i = 0; i < 2; i++) {
      last = startHotcell(["serve", "--port", "0", "--share-data", "--data", data]);
      urls.push(/http:\S+/.exec((await new Lines(last).until(/Admin token/)).join("\n"))![0]);
    }
    for (const url of urls) {
      const found = await here({}, { port: new URL(url).port });
      expect(found.port).toMatchObject(finding("ok", /^the host that serves from the data folder listens/));
      expect(found["data-in-use"]).toMatchObject(finding("ok", /^hosts share it: process .*; process /));
      expect(found.host).toMatchObject({ state: "ok" });
    }
    const exited = once(last!, "exit");
    last!.kill("SIGKILL");
    await exited;
    expect((await here({}, { port: "0" })).host).toMatchObject({ state: "ok" });
    expect(localHosts({ HOTCELL_DATA: data })[0]!.url!.origin).toBe(urls[0]);
  });

  it("goes on where a variable is wrong", async () => {
    const found = await here({ HOTCELL_DATAA: "x" });
    expect(found.settings).toMatchObject(finding("wrong", /HOTCELL_DATAA/, /Did you mean HOTCELL_DATA/));
    expect(found.node).toMatchObject({ state: "ok", found: process.versions.node });
  });
});

it("gives findings the names that deploy/README.md tells", () => {
  const page = readFileSync(join(root, "deploy/README.md"), "utf8");
  const told = [...page.matchAll(/^\| (`[^|]+`) \| /gm)].flatMap(([, names = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name.replace(/ NAME$/, "")),
  );
  const folder = join(root, "host/cli/doctor");
  const source = readdirSync(folder)
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  const given = /\b(?:ok|note|wrong|wrongBy|finding|checkAddress)\(\s*"([\w-]+)"|const finding = `(\w+) /g;
  const names = new Set([...source.matchAll(given)].map(([, name, prefix]) => name ?? prefix!));
  expect([...names].sort()).toEqual(told.sort());
});

describe("an address", () => {
  it("that another process listens on is told with that process", async () => {
    const other = createListener().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { port: found } = await here({}, { port: String(port) });
    expect(found).toMatchObject(
      finding("wrong", new RegExp(`:${port} is in use already, by process ${process.pid} `)),
    );
    const { "admin-port": admin } = await here({}, { admin: `127.0.0.1:${port}` });
    expect(admin).toMatchObject(finding("wrong", /is in use already/, /HOTCELL_ADMIN/));
    other.close();
  });

  it("of another machine can't be listened on", async () => {
    expect((await here({}, { host: "192.0.2.1" })).port).toMatchObject(
      finding("wrong", /is not an address of this machine/, /HOTCELL_HOST/),
    );
  });
});

const isRoot = process.getuid?.() === 0;
const other = 65_534;
const main = join(root, "host/cli/hotcell.mjs");

/** The verb as a shell starts it: `before` may lower limits and mount, and root becomes somebody else. */
async function throughShell(before: string, { flags = [] as string[], asOther = false } = {}) {
  const namespace = flags.length > 0 ? ["unshare", ...flags] : ["env"];
  const user = isRoot && asOther ? `setpriv --reuid ${other} --regid ${other} --clear-groups` : "";
  const script = `${before} exec ${user} "$2" "$3" doctor --json --port 0 --data "$1"`;
  const [program = "", ...args] = [...namespace, "sh", "-c", script, "sh", data, process.execPath, main];
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(stdout, stderr).not.toBe("");
  return named((JSON.parse(stdout) as { findings: DoctorFinding[] }).findings);
}

describe("a data folder", () => {
  it("of another user is told with the user and what to do", async () => {
    await chmod(data, isRoot ? 0o700 : 0o500);
    const found = await throughShell("", { asOther: true });
    expect(found["data-folder"]).toMatchObject(
      finding("wrong", /may not read and write/, /chown -R|chmod 700/),
    );
  });

  it("with files of another user is told with the files", async () => {
    await writeFile(join(data, "hotcell.db"), "", { mode: isRoot ? 0o600 : 0o000 });
    if (isRoot) await chown(data, other, other);
    const found = await throughShell("", { asOther: true });
    expect(found["data-files"]).toMatchObject(finding("wrong", /hotcell\.db in /, /chown -R/));
  });

  it("that this user can't get to, or that is below a file, is told", async () => {
    await chmod(data, isRoot ? 0o700 : 0o000);
    const outer = data;
    data = join(outer, "deep/data");
    const found = await throughShell("", { asOther: true });
    expect(found["data-folder"]).toMatchObject(finding("wrong", /can't get to .*EACCES/, /chmod o\+x/));
    await chmod(outer, 0o700);
    data = join(outer, "file/data");
    await writeFile(join(outer, "file"), "");
    expect((await here())["data-folder"]).toMatchObject(finding("wrong", /file is no folder/));
  });

  it("that can't be made is told", async () => {
    await chmod(data, isRoot ? 0o755 : 0o500);
    data = join(data, "new");
    const found = await throughShell("", { asOther: true });
    expect(found["data-folder"]).toMatchObject(
      finding("wrong", /is not there, and .* may not make it/, /install -d/),
    );
  });

  it("that everybody may write to is told", async () => {
    await chmod(data, 0o777);
    expect((await here())["data-folder"]).toMatchObject(
      finding("wrong", /every user .* may write/, /^chmod 700/),
    );
    await chmod(data, 0o755);
    expect((await here())["data-folder"]).toMatchObject(finding("note", /every user .* may look/));
    await chmod(data, 0o1777);
    expect((await here())["data-folder"]).toMatchObject(finding("wrong", /may write/, /^Choose a folder/));
  });

  const mounting = isRoot ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
  const mounts = spawnSync("unshare", [...mounting, "true"]).status === 0;

  it.runIf(mounts)("that is read-only, or small and in memory, is told", async () => {
    const readOnly = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&`;
    expect((await throughShell(readOnly, { flags: mounting }))["data-folder"]).toMatchObject(
      finding("wrong", /may not read and write/, /mounted read-only/),
    );
    const small = `mount -t tmpfs -o size=32m,mode=700 tmpfs "$1" &&`;
    const found = await throughShell(small, { flags: mounting });
    expect(found["data-room"]).toMatchObject(finding("wrong", /^32 MiB are free/, /Make room/));
    expect(found["data-disk"]).toMatchObject(finding("note", /in memory/));
  });

  it("on a network's file system is told", () => {
    // What statfs gives for them; no such server is here.
    for (const type of [0x6969, 0xff534d42, 0xff534d42 | 0, 0xfe534d42, 0x01021997])
      expect(fileSystem("/data", type)).toMatchObject(finding("wrong", /over a network/));
    for (const type of [0xef53, 0x58465342, 0x9123683e]) expect(fileSystem("/data", type).state).toBe("ok");
  });

  it("that was written later than it is now is told", async () => {
    await writeFile(join(data, "hotcell.db-wal"), "");
    const later = new Date(Date.now() + 3_600_000);
    await utimes(join(data, "hotcell.db-wal"), later, later);
    expect((await here()).clock).toMatchObject(finding("wrong", /written 3\d\d\d s later/, /timedatectl/));
  });
});

describe("an admin token", () => {
  it("that others may read, or that can't be sent, is told", async () => {
    const file = join(data, "token");
    await writeFile(file, "a-token-that-is-long-enough\n", { mode: 0o644 });
    expect((await here()).token).toMatchObject(finding("wrong", /mode 644/, /chmod 600/));
    await chmod(file, 0o600);
    expect((await here()).token).toMatchObject({ state: "ok" });
    await writeFile(file, "two words");
    expect((await here()).token).toMatchObject(finding("wrong", /not usable/, /Delete/));
  });

  it("that can be guessed is told, and is not shown", async () => {
    const { token } = await here({ HOTCELL_TOKEN: "hunter2" });
    expect(token).toMatchObject(finding("wrong", /7 characters/, /openssl/));
    expect(JSON.stringify(token)).not.toContain("hunter2");
    expect((await here({ HOTCELL_TOKEN: "no token" })).token).toMatchObject(finding("wrong", /not usable/));
  });
});

describe("a machine", () => {
  it("with less memory than was promised is told", async () => {
    expect((await here({ HOTCELL_CELL_MEMORY: "9999999" })).memory).toMatchObject(
      finding("wrong", /9999999 MiB together/, /HOTCELL_CELL_MEMORY/),
    );
    const found = await here({ HOTCELL_CELL_MEMORY: "16", HOTCELL_CEILINGS: "memory=67108864" });
    expect(found["memory-ceiling"]).toMatchObject(
      finding("note", /64 MiB, and all cells together have 16 MiB/),
    );
  });

  it.runIf(process.platform === "linux")("that lets few files be open is told", async () => {
    expect((await throughShell("ulimit -n 512;"))["open-files"]).toMatchObject(
      finding("note", /^512 files/, /LimitNOFILE/),
    );
  });

  it("that has proxies is told what they are not for", async () => {
    expect((await here({ https_proxy: "http://p" })).proxy).toMatchObject(
      finding("note", /^https_proxy is set/),
    );
    const used = { HTTP_PROXY: "http://p", NODE_USE_ENV_PROXY: "1" };
    expect((await here(used)).proxy).toMatchObject(finding("wrong", /goes to the proxy/, /NO_PROXY/));
    expect((await here({ ...used, NO_PROXY: "a, localhost" })).proxy).toMatchObject({ state: "note" });
    expect(await here()).not.toHaveProperty("proxy");
  });

  it("is told whether names of plugins lead to it", async () => {
    expect((await here()).names?.found).toContain("plugin.localhost");
    expect(await here({}, { host: "0.0.0.0" })).not.toHaveProperty("names");
  });

  it("with another version of a package is told", async () => {
    const folder = join(data, "node_modules/assemblyscript");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), '{"name":"assemblyscript","version":"0.1.0"}');
    expect(named(checkPeers(data))["package assemblyscript"]).toMatchObject(
      finding("note", /^0\.1\.0; this Hotcell is tested with /, /npm install --save-dev assemblyscript@/),
    );
    expect(checkPeers(root).map(({ state }) => state)).not.toContain("note");
  });
});

describe("a host elsewhere", () => {
  const there = async (url: string, token?: string) => named(await diagnoseThere({}, { url, token }));

  it("is well, and takes the token or does not", async () => {
    const host = await startTestHost({ privateCalls: true });
    const found = await there(host.url, authorization.slice("Bearer ".length));
    for (const name of ["host", "ready", "host-clock", "access"])
      expect(found[name]).toMatchObject({ state: "ok" });
    expect((await there(host.url, "another-token-of-somebody-else")).access).toMatchObject(
      finding("wrong", /does not know this token/),
    );
    const { token } = await host.tokens.create({ scopes: ["read"] }, "test");
    expect((await there(host.url, token)).access).toMatchObject(finding("ok", /may not do everything/));
    expect((await there(host.url)).access).toMatchObject(finding("ok", /without a token/));
    await host.close();
  });

  it("that does not answer, or is something else, is told", async () => {
    const server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect((await there(url)).host).toMatchObject(finding("wrong", /is no Hotcell \(200\)/));
    server.close();
    await once(server, "close");
    expect((await there(url)).host).toMatchObject(
      finding("wrong", /does not answer: .*ECONNREFUSED/, /hotcell serve/),
    );
  });

  it("that is not ready, has damaged plugins, another time, or no use for the token is told", async () => {
    let ready: (response: ServerResponse) => void = (response) =>
      response.end('{"status":"ready","damaged":2}');
    const server = createServer((request, response) => {
      response.setHeader("date", "Thu, 01 Jan 2026 00:00:00 GMT");
      if (request.url === "/healthz") response.end('{"status":"ok"}');
      else if (request.url === "/readyz") ready(response);
      else response.writeHead(request.headers.authorization ? 403 : 401).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const found = await there(url);
    expect(found.ready).toMatchObject(finding("wrong", /2 of its plugins/, /\/plugins says which/));
    expect(found["host-clock"]).toMatchObject(finding("note", /s behind this machine's/));
    expect(found.access).toMatchObject(finding("note", /wants a token/));
    ready = (response) => response.writeHead(503).end('{"detail":"The host is not ready for work."}');
    expect(await there(url, "x")).toMatchObject({
      ready: finding("wrong", /not ready for work/),
      access: finding("ok", /may not do everything/),
    });
    server.close();
  });
});
