/** Options of verbs that talk to a host, and the lines of their help. */

export const hostOptions = { url: { type: "string" }, token: { type: "string" } } as const;

export const hostHelp = `  --url URL        the host, by its URL or the name that hotcell login gave it     HOTCELL_URL, else the one of this
                   folder, else the one last logged in to, else http://127.0.0.1:8787
  --token TOKEN    its token; seen by other users of the machine: prefer HOTCELL_TOKEN or hotcell login`;
