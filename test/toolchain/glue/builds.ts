/** Ways to build a plugin, by asc's options: what the glue does must hold in each. */
export const builds: Readonly<Record<string, readonly string[]>> = {
  release: ["-O3"],
  debug: ["--debug"],
  "garbage collected at every chance": ["--debug", "--use", "hotcell.gc=torture"],
  "the minimal runtime, collected after every call": [
    "-O1",
    "--runtime",
    "minimal",
    "--use",
    "hotcell.gc=torture",
  ],
  "the stub runtime": ["-O1", "--runtime", "stub"],
};
