/** Files of a data folder beside the store's, which a backup has in it: their paths in the folder. */
export const dataFiles = {
  files: "files.db",
  keyValue: "key-value.db",
  /** States of plugins that hosts which share the folder keep for one another. */
  states: "nodes/states.db",
} as const;

/** Statements by which the copy of such a file becomes good for a folder of its own. */
export const copyChanges: Readonly<Record<string, string>> = {
  // Leases begin anew there, so that every token of theirs is higher.
  [dataFiles.states]: "DELETE FROM states WHERE removed = 1; UPDATE states SET token = 0;",
};
