/**
 * Verbs of the command line, in the order of its help. A new one is a file beside this and an entry here. A verb's file is loaded when
 * it is the one meant: all of them are most of Hotcell, which takes a second to load.
 */
import type { Verb, VerbEntry } from "./verb.ts";

const entry = (summary: string, load: () => Promise<Verb>): VerbEntry => ({ summary, load });

export const verbs: ReadonlyMap<string, VerbEntry> = new Map(
  Object.entries({
    serve: entry("run the host", async () => (await import("./serve.ts")).serve),
    reload: entry(
      "replace the workers of a host here by new ones, without a failed request",
      async () => (await import("./reload.ts")).reload,
    ),
    login: entry(
      "keep a host's address and token, for all verbs that talk to one",
      async () => (await import("./operate/login.ts")).login,
    ),
    logout: entry(
      "forget a host's address and token",
      async () => (await import("./operate/logout.ts")).logout,
    ),
    ls: entry("list the plugins of a host", async () => (await import("./operate/ls.ts")).ls),
    show: entry(
      "show a plugin: what runs, its settings, what became of its calls",
      async () => (await import("./operate/show.ts")).show,
    ),
    deploy: entry(
      "upload a component and make it live",
      async () => (await import("./operate/deploy.ts")).deploy,
    ),
    push: entry("push a component to a registry", async () => (await import("./push.ts")).push),
    pull: entry(
      "pull a component from a registry into a file",
      async () => (await import("./pull-verb.ts")).pull,
    ),
    call: entry("call a function of a plugin", async () => (await import("./operate/call.ts")).call),
    logs: entry("show what plugins log and print", async () => (await import("./operate/logs.ts")).logs),
    events: entry(
      "show what happens at a host: deployments, refusals, log lines and more",
      async () => (await import("./operate/events-verb.ts")).events,
    ),
    traps: entry(
      "show the last calls of a plugin that ended their cell, and where",
      async () => (await import("./operate/traps.ts")).traps,
    ),
    top: entry(
      "watch what plugins do: calls, errors, traps, fuel",
      async () => (await import("./operate/top.ts")).top,
    ),
    history: entry(
      "list what was deployed under a name, newest first",
      async () => (await import("./operate/history-verb.ts")).history,
    ),
    rollback: entry(
      "make an earlier version live again",
      async () => (await import("./operate/rollback.ts")).rollback,
    ),
    grant: entry(
      "give a plugin capabilities, or take them from it",
      async () => (await import("./operate/grant.ts")).grant,
    ),
    set: entry("change a plugin's settings", async () => (await import("./operate/set.ts")).set),
    rm: entry("remove a plugin", async () => (await import("./operate/rm.ts")).rm),
    new: entry("begin a plugin", async () => (await import("./new.ts")).newPlugin),
    build: entry("compile a plugin's folder to a component", async () => (await import("./build.ts")).build),
    test: entry(
      "build a plugin, make its calls and requests and run its specs",
      async () => (await import("./test.ts")).test,
    ),
    dev: entry("build and upload a plugin at every change", async () => (await import("./dev.ts")).dev),
    wit: entry(
      "write the WIT of what the host offers into wit/deps",
      async () => (await import("./wit.ts")).wit,
    ),
    inspect: entry("show what is in a component", async () => (await import("./inspect-verb.ts")).inspect),
    diff: entry(
      "show what one component changes for the callers of another",
      async () => (await import("./diff-verb.ts")).diff,
    ),
    types: entry(
      "write TypeScript types of what a component exports",
      async () => (await import("./types-verb.ts")).types,
    ),
    client: entry(
      "write a typed client for plugins of a running host",
      async () => (await import("./client-verb.ts")).client,
    ),
    contract: entry(
      "worlds that a host's plugins are held to",
      async () => (await import("./contract.ts")).contract,
    ),
    mcp: entry(
      "give plugins of a running host to a model's program, as tools",
      async () => (await import("./mcp-verb.ts")).mcp,
    ),
    token: entry("make, list and revoke tokens for others", async () => (await import("./token.ts")).token),
    kv: entry(
      "read and change the values that plugins keep by key",
      async () => (await import("./kv.ts")).kv,
    ),
    "rotate-node-key": entry(
      "put a new key in the place of the one by which hosts on one NATS know one another",
      async () => (await import("./rotate-node-key.ts")).rotateNodeKey,
    ),
    backup: entry(
      "copy everything a host keeps, while it runs",
      async () => (await import("./backup.ts")).backup,
    ),
    doctor: entry(
      "check an installation, or a host elsewhere",
      async () => (await import("./doctor.ts")).doctor,
    ),
    completion: entry("have a shell complete verbs, options, and names of plugins", async () =>
      (await import("./operate/completion.ts")).completionOf(() => verbs),
    ),
  }),
);
