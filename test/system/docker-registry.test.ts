/** Docker's own registry, with logins and without, as components are pushed to it and pulled from it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { createHost } from "../../host/index.ts";
import { sample } from "../guests/small-plugins.ts";
import { finished, startHotcell } from "../support/cli.ts";
import { freePorts } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

const password = "swordfish-of-the-registry";
/** Line of a file as htpasswd -B writes it, of that password. */
const htpasswd = "ada:$2y$05$5xMnit8YOAm06B2PsPyvjuuf24nL0svNV9eAWrqUMVsNM6ygo9YLC\n";

describe.runIf(!inject("missing").includes("docker-registry"))("Docker's registry", () => {
  let folder: string;
  const registries: ChildProcess[] = [];

  async function startRegistry(auth: string): Promise<string> {
    const [port] = await freePorts(1);
    const own = join(folder, String(port));
    const config = [
      "version: 0.1",
      "log: { level: error }",
      `storage: { filesystem: { rootdirectory: ${own} } }`,
      `http: { addr: "127.0.0.1:${port}" }`,
      auth,
    ];
    await writeFile(`${own}.yml`, config.join("\n"));
    registries.push(spawn("docker-registry", ["serve", `${own}.yml`], { stdio: "ignore" }));
    const answers = async () => (await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined))?.status;
    await vi.waitFor(async () => expect([200, 401]).toContain(await answers()), {
      timeout: 60_000,
      interval: 100,
    });
    return `127.0.0.1:${port}`;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hotcell-registry-"));
    await writeFile(join(folder, "htpasswd"), htpasswd);
    await writeFile(join(folder, "calc.wasm"), sample({ version: 3 }));
  });
  afterAll(async () => {
    for (const registry of registries) if (registry.kill()) await once(registry, "exit");
    await rm(folder, { recursive: true });
  });
  const hotcell = (args: readonly string[], environment: Record<string, string> = {}) =>
    finished(
      startHotcell([...args, "--plain-http"], {
        cwd: folder,
        environment: { DOCKER_CONFIG: folder, ...environment },
      }),
    );

  it("takes what is pushed and gives it back: to the command line, and to a host", async () => {
    const name = await startRegistry("");
    const pushed = await hotcell(["push", "calc.wasm", `${name}/acme/calc:1.0.0`]);
    expect(pushed).toMatchObject({ code: 0, stderr: "" });
    const digest = /@(sha256:\w{64})\n$/.exec(pushed.stdout)![1]!;
    // What is there already is not sent again.
    expect((await hotcell(["push", "calc.wasm", `${name}/acme/calc:2.0.0`])).stdout).toContain(digest);
    const pulled = await hotcell(["pull", `${name}/acme/calc:1.0.0`, "-o", "back.wasm", "--json"]);
    expect(JSON.parse(pulled.stdout)).toMatchObject({ size: sample({ version: 3 }).length, digest });
    await using host = await createHost({ registries: [`http://${name}`] });
    const { bytes, origin } = await host.pull(`${name}/acme/calc:2.0.0`);
    await host.registry.deploy("calc", bytes, { origin });
    expect(await host.registry.callJson("calc", "version")).toBe(3);
    expect(await host.registry.origin("calc")).toEqual({ oci: `${name}/acme/calc:2.0.0`, digest });
    expect((await refusalOf(host.pull(`${name}/acme/calc:3.0.0`))).code).toBe("image-not-found");
    expect((await refusalOf(host.pull(`${name}/acme/calc@sha256:${"0".repeat(64)}`))).code).toBe(
      "image-not-found",
    );
  });

  it("lets in who has a login, and says who has none", async () => {
    const name = await startRegistry(
      `auth: { htpasswd: { realm: tests, path: ${join(folder, "htpasswd")} } }`,
    );
    const to = `${name}/acme/calc:1.0.0`;
    const refused = await hotcell(["push", "calc.wasm", to]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("docker login")]);
    const auths = (word: string) => ({
      auths: { [name]: { auth: Buffer.from(`ada:${word}`).toString("base64") } },
    });
    await writeFile(join(folder, "config.json"), JSON.stringify(auths(password)));
    expect(await hotcell(["push", "calc.wasm", to])).toMatchObject({ code: 0 });
    const registryAuth = join(folder, "auth.json");
    await writeFile(registryAuth, JSON.stringify(auths("another-word")));
    await using host = await createHost({ registries: [`http://${name}`], registryAuth });
    const { code, message } = await refusalOf(host.pull(to));
    expect(code).toBe("registry-denied");
    expect(message).not.toContain("another-word");
    // The file is read when it is needed.
    await writeFile(registryAuth, JSON.stringify(auths(password)));
    expect((await host.pull(to)).bytes).toEqual(Buffer.from(sample({ version: 3 })));
  });
});
