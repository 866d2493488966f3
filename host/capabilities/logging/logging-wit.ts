/** `wasi:logging`, a proposal: its one function has not changed since it was written. */
export const loggingWit = `
package wasi:logging@0.1.0-draft;

interface logging {
  enum level { trace, debug, info, warn, error, critical }
  log: func(level: level, context: string, message: string);
}
`;
