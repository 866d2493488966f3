/**
 * `wasi:config`, a proposal: the values a plugin is configured with. Its first draft called the interface `runtime`, and hosts
 * have it under that name still.
 */
export const configWit = `
package wasi:config@0.2.0-rc.1;

interface store {
  variant error {
    upstream(string),
    io(string),
  }
  get: func(key: string) -> result<option<string>, error>;
  get-all: func() -> result<list<tuple<string, string>>, error>;
}

interface runtime {
  variant config-error {
    upstream(string),
    io(string),
  }
  get: func(key: string) -> result<option<string>, config-error>;
  get-all: func() -> result<list<tuple<string, string>>, config-error>;
}
`;
