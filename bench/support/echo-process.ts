/** The entry of a process that sends every message back: what Node's own IPC costs. */
process.on("disconnect", () => process.exit());
process.on("message", (message) => process.send?.(message));
