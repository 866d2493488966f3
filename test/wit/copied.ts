/** What is copied in `code-copies.test.ts`. */
export const code = { file: import.meta.url };
