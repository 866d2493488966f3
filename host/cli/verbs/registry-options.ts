/** Options of verbs that ask registries by themselves, and the lines of their help. */

export const registryOptions = { "plain-http": { type: "boolean" } } as const;

export const registryHelp = `  --plain-http         ask a registry of this machine (localhost) without TLS

Logins are those of docker login, in config.json in DOCKER_CONFIG or ~/.docker, or of the file that HOTCELL_REGISTRY_AUTH
names; helpers of Docker's (credsStore) are not asked.`;
