import { parseLine } from "../command-line.ts";
import { announcement, listening } from "../server/announcement.ts";
import { runServer } from "../server/lifetime.ts";
import { runPrimary } from "../server/primary.ts";
import { serverOptions } from "../server/server-options.ts";
import { tokenLine } from "../server/token-line.ts";
import { workerSlot } from "../server/worker-slot.ts";
import { print, printJsonLine } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = {
  host: { type: "string" },
  port: { type: "string" },
  data: { type: "string" },
  "wait-for-data": { type: "string" },
  store: { type: "string" },
  "nats-creds": { type: "string" },
  "nats-ca": { type: "string" },
  "nats-replicas": { type: "string" },
  "node-address": { type: "string" },
  "own-keys": { type: "boolean" },
  "share-data": { type: "boolean" },
  workers: { type: "string" },
  token: { type: "string" },
  "allowed-host": { type: "string", multiple: true },
  "private-calls": { type: "boolean" },
  "no-console": { type: "boolean" },
  "keep-versions": { type: "string" },
  cors: { type: "string", multiple: true },
  admin: { type: "string" },
  "admin-host": { type: "string", multiple: true },
  "admin-cors": { type: "string", multiple: true },
  "trust-proxy": { type: "boolean" },
  "public-url": { type: "string" },
  ceiling: { type: "string", multiple: true },
  allow: { type: "string", multiple: true },
  registry: { type: "string", multiple: true },
  "registry-auth": { type: "string" },
  plugins: { type: "string" },
  "plugins-gone": { type: "string" },
  "access-log": { type: "string" },
  traces: { type: "string" },
  "cell-memory": { type: "string" },
  "process-memory": { type: "string" },
  "kv-disk": { type: "string" },
  "files-disk": { type: "string" },
  json: { type: "boolean" },
} as const;

export const serve: Verb = {
  help: `Usage: hotcell serve [options]

Runs the host until it is stopped (Ctrl-C).

  --host ADDRESS        address to listen on        HOTCELL_HOST           127.0.0.1
  --port NUMBER         port, 0 for any free one    HOTCELL_PORT           8787
  --data FOLDER         where data is kept          HOTCELL_DATA           .hotcell
  --wait-for-data S     seconds to wait for another HOTCELL_WAIT_FOR_DATA  0
                        host that serves from the
                        folder to end
  --store ADDRESS       store of several hosts, on  HOTCELL_STORE          the data folder
                        NATS:
                        nats://HOST:PORT/NAME, or
                        tls://…
  --nats-creds FILE     credentials for it          HOTCELL_NATS_CREDS     none
  --nats-ca FILE        certificates that its       HOTCELL_NATS_CA        the machine's
                        servers are trusted by
  --nats-replicas N     servers that keep a copy:   HOTCELL_NATS_REPLICAS  as it has; 1 for a
                        1, 3, 5                                            new one
  --node-address A:PORT address of this machine at  HOTCELL_NODE_ADDRESS   one that this machine
                        which the store's other                            alone reaches
                        hosts ask for what this
                        one alone runs
  --own-keys            keep answers to calls with  HOTCELL_OWN_KEYS       false
                        an Idempotency-Key in
                        memory, not in the store
  --share-data          serve from the folder       HOTCELL_SHARE_DATA     false
                        together with others that
                        do so too
  --workers N           processes that serve, on    HOTCELL_WORKERS        this one alone
                        the same ports, or auto:
                        as many as the machine
                        runs at a time
  --token TOKEN         admin token                 HOTCELL_TOKEN          kept in the data folder
  --allowed-host NAME   name that Host may say;     HOTCELL_ALLOWED_HOSTS  localhost, 127.0.0.1, [::1]
                        may be repeated             (comma-separated)
  --private-calls       calls need a token too      HOTCELL_PRIVATE_CALLS  false
  --no-console          no page for browsers at     HOTCELL_CONSOLE        true
                        /console/
  --cors ORIGIN         origin whose pages may use  HOTCELL_CORS           none
                        the API; may be repeated    (comma-separated)
  --admin ADDRESS:PORT  a listener of its own for   HOTCELL_ADMIN          none
                        the API; the other one
                        keeps calls, what plugins
                        serve, and health
  --admin-host NAME     name that Host may say      HOTCELL_ADMIN_HOSTS    as for --allowed-host
                        there; may be repeated      (comma-separated)
  --admin-cors ORIGIN   origin whose pages may use  HOTCELL_ADMIN_CORS     none
                        the API there; may be       (comma-separated)
                        repeated
  --trust-proxy         clients' addresses are      HOTCELL_TRUST_PROXY    false
                        what the nearest proxy
                        adds to X-Forwarded-For
  --public-url URL      address of the API, if      HOTCELL_PUBLIC_URL     none
                        everybody reaches it:
                        errors have the URL of
                        their page as type
  --access-log FORM     a line for each request, on HOTCELL_ACCESS_LOG     off
                        standard output: json,
                        text, off
  --traces PART         part of the traces that     HOTCELL_TRACES         what the SDK says
                        begin here which are
                        recorded, from 0 to 1,
                        where an SDK of
                        OpenTelemetry is registered
  --cell-memory MIB     memory of all cells         HOTCELL_CELL_MEMORY    half of the machine's,
                        together                                           at most 1024
  --process-memory MIB  memory of all processes     HOTCELL_PROCESS_MEMORY half of the machine's
                        of plugins together
  --kv-disk MIB         file of all values by key   HOTCELL_KV_DISK        what the disk holds
  --files-disk MIB      file of plugins' files      HOTCELL_FILES_DISK     what the disk holds
  --ceiling NAME=N      most that a plugin's limit  HOTCELL_CEILINGS       see SECURITY.md
                        NAME may be; may be         (comma-separated)
                        repeated
  --allow ENTRY         where plugins' requests     HOTCELL_ALLOW          whatever is public
                        may be let go at all; may   (comma-separated)
                        be repeated
  --registry NAME       registry, or part of one,   HOTCELL_REGISTRIES     none
                        that components may be      (comma-separated)
                        pulled from; may be
                        repeated
  --registry-auth FILE  file with logins for them,  HOTCELL_REGISTRY_AUTH  none
                        as docker login writes it
  --plugins FOLDER      folder that is followed:    HOTCELL_PLUGINS        none
                        NAME.wasm is deployed as
                        NAME, with the settings in
                        NAME.json
  --plugins-gone FATE   what becomes of a plugin    HOTCELL_PLUGINS_GONE   keep
                        whose file is deleted:
                        keep, remove
  --keep-versions N     versions of each plugin     HOTCELL_KEEP_VERSIONS  20
                        that can be rolled back to
  --json                for programs: a line of JSON when it listens, with its addresses and the admin token or its file, and one
                        when it stops

On a loopback address (the default) only this machine reaches it, and reads need no token either. On any other one,
0.0.0.0 and :: being all that the machine has, everybody who reaches it can call the plugins without a token unless
--private-calls is given; there is no TLS, and Host is checked only where --allowed-host names some.

A token or password on the command line is seen by other users of the machine; prefer HOTCELL_TOKEN and HOTCELL_STORE.

Example: hotcell serve --port 9000`,
  options,

  async run(args) {
    const { values } = parseLine({ args, options });
    const { json = false, ...given } = values;
    const slot = workerSlot();
    const chosen = serverOptions(process.env, given);
    const { workers, data, traces, waitForData } = chosen;
    if (workers !== undefined && slot === undefined) return runPrimary({ data, workers, waitForData, json });
    if (slot !== undefined) {
      await (await import("../server/run-worker.ts")).runWorker(chosen, slot);
      return 0;
    }
    // The process that has workers has no host, and does without what one is made of.
    const { startServer } = await import("../../server.ts");
    await runServer(
      async (signal) => {
        const server = await startServer(chosen, signal);
        server.markReady();
        if (json) printJsonLine(JSON.stringify(listening(server)));
        else {
          for (const line of announcement(server)) print(line);
          print(tokenLine(server.admin));
        }
        return server;
      },
      { traces, json },
    );
    return 0;
  },
};
