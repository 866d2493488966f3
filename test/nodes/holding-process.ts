/** Host that takes leases in the data folder of argv[2], by the names that follow, tells of them in a line, and lives on. */
import { joinSqliteLeases } from "../../host/nodes/sqlite-leases.ts";

const [, , data, ...names] = process.argv;
const leases = joinSqliteLeases(data!, {
  ...{ machine: "here", pid: process.pid, version: "0.0.0", since: new Date().toISOString() },
});
for (const name of names) await leases.acquire(name);
process.stdout.write("taken\n");
setInterval(() => {}, 1_000);
