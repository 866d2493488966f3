/** Import of the log for a component: `$lowered`, whose texts lie in a memory `$m` that holds `data`. */
export const logImports = (data = "") => `
  (import "wasi:logging/logging" (instance $log
    (type $l (enum "trace" "debug" "info" "warn" "error" "critical"))
    (export "level" (type $level (eq $l)))
    (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
  (core module $memory (memory (export "memory") 1) ${data})
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $m))
  (alias export $log "log" (func $f))
  (core func $lowered (canon lower (func $f) (memory $m) string-encoding=utf8))`;
