/** Files of a data folder beside the store's, which a backup has in it. */
export const dataFiles = { files: "files.db", keyValue: "key-value.db" } as const;
