/** Plugins that use the requests which they may send against the host. */
import { shared, text } from "../../guests/hostile-text.ts";
import { type Attack, type AttackCall, calling, outOfFuel } from "../attack.ts";

/** Cases of `error-code`, with their payloads. */
const codes = `DNS-timeout DNS-error:$dns destination-not-found destination-unavailable destination-IP-prohibited
  destination-IP-unroutable connection-refused connection-terminated connection-timeout connection-read-timeout
  connection-write-timeout connection-limit-reached TLS-protocol-error TLS-certificate-error TLS-alert-received:$tls
  HTTP-request-denied HTTP-request-length-required HTTP-request-body-size:$u64 HTTP-request-method-invalid
  HTTP-request-URI-invalid HTTP-request-URI-too-long HTTP-request-header-section-size:$u32 HTTP-request-header-size:$field?
  HTTP-request-trailer-section-size:$u32 HTTP-request-trailer-size:$field HTTP-response-incomplete
  HTTP-response-header-section-size:$u32 HTTP-response-header-size:$field HTTP-response-body-size:$u64
  HTTP-response-trailer-section-size:$u32 HTTP-response-trailer-size:$field HTTP-response-transfer-coding:$string
  HTTP-response-content-coding:$string HTTP-response-timeout HTTP-upgrade-failed HTTP-protocol-error loop-detected
  configuration-error internal-error:$string`;

const payloads: Readonly<Record<string, string>> = {
  $dns: "$dns",
  $tls: "$tls",
  $field: "$field",
  "$field?": "(option $field)",
  $u64: "(option u64)",
  $u32: "(option u32)",
  $string: "(option string)",
};

const cases = codes.split(/\s+/).map((each) => {
  const [name, payload] = each.split(":");
  return `(case "${name}"${payload ? ` ${payloads[payload]}` : ""})`;
});

const types = `
  (type $dns' (record (field "rcode" (option string)) (field "info-code" (option u16)))) (export "DNS-error-payload" (type $dns (eq $dns')))
  (type $tls' (record (field "alert-id" (option u8)) (field "alert-message" (option string)))) (export "TLS-alert-received-payload" (type $tls (eq $tls')))
  (type $field' (record (field "field-name" (option string)) (field "field-size" (option u32)))) (export "field-size-payload" (type $field (eq $field')))
  (type $code' (variant ${cases.join(" ")})) (export "error-code" (type $code (eq $code')))`;

const functions: Readonly<Record<string, readonly [name: string, core: string]>> = {
  fields: ["[constructor]fields", "(result i32)"],
  request: ["[constructor]outgoing-request", "(param i32) (result i32)"],
  authority: ["[method]outgoing-request.set-authority", "(param i32 i32 i32 i32) (result i32)"],
  body: ["[method]outgoing-request.body", "(param i32 i32)"],
};

/** `go` does `body`, with a request in `$request` that can be sent; what `handle` gives lies at 64. */
const requesting = (name: string, body: string, outcome: AttackCall["outcome"]): Attack => ({
  ...calling(
    name,
    text(`${shared}
      (import "wasi:http/types@0.2.0" (instance $types
        (export "fields" (type $f (sub resource))) (export "outgoing-request" (type $r (sub resource)))
        (export "outgoing-body" (type $b (sub resource))) (export "request-options" (type $o (sub resource)))
        (export "future-incoming-response" (type $future (sub resource))) ${types}
        (export "[constructor]fields" (func (result (own $f))))
        (export "[constructor]outgoing-request" (func (param "headers" (own $f)) (result (own $r))))
        (export "[method]outgoing-request.set-authority" (func (param "self" (borrow $r)) (param "authority" (option string)) (result (result))))
        (export "[method]outgoing-request.body" (func (param "self" (borrow $r)) (result (result (own $b)))))))
      (alias export $types "outgoing-request" (type $request)) (alias export $types "request-options" (type $options))
      (alias export $types "future-incoming-response" (type $future)) (alias export $types "error-code" (type $code))
      (import "wasi:http/outgoing-handler@0.2.0" (instance $handler
        (alias outer 1 $request (type $r')) (export "outgoing-request" (type $r (eq $r')))
        (alias outer 1 $options (type $o')) (export "request-options" (type $o (eq $o')))
        (alias outer 1 $future (type $f')) (export "future-incoming-response" (type $f (eq $f')))
        (alias outer 1 $code (type $c')) (export "error-code" (type $c (eq $c')))
        (export "handle" (func (param "request" (own $r)) (param "options" (option (own $o))) (result (result (own $f) (error $c)))))))
      (core func $handle (canon lower (func $handler "handle") (memory $memory) (realloc $realloc)))
      (core func $drop (canon resource.drop $future))
      ${Object.entries(functions)
        .map(
          ([id, [full]]) =>
            `(core func $${id} (canon lower (func $types "${full}") (memory $memory) (realloc $realloc)))`,
        )
        .join("\n")}
      (core module $M (import "env" "memory" (memory 1))
        (import "env" "handle" (func $handle (param i32 i32 i32 i32))) (import "env" "drop" (func $drop (param i32)))
        ${Object.entries(functions)
          .map(([id, [, core]]) => `(import "env" "${id}" (func $${id} ${core}))`)
          .join("\n")}
        (data (i32.const 1024) "127.0.0.1:1")
        (func (export "go") (local $request i32)
          (loop $more
            (local.set $request (call $request (call $fields)))
            (drop (call $authority (local.get $request) (i32.const 1) (i32.const 1024) (i32.const 11)))
            ${body} (br $more))))
      (core instance $m (instantiate $M (with "env" (instance (export "memory" (memory $memory))
        (export "handle" (func $handle)) (export "drop" (func $drop))
        ${Object.keys(functions)
          .map((id) => `(export "${id}" (func $${id}))`)
          .join(" ")}))))
      (func (export "go") (canon lift (core func $m "go")))`),
    outcome,
  ),
  unpaid: "host functions",
  settings: { grants: { http: { allow: ["https://*:*"] } } },
});

const handle = "(call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 64))";

export const outgoing: Attack[] = [
  requesting("sends requests for ever, and asks for no response", handle, outOfFuel),
  requesting(
    "sends requests for ever, and drops each half way",
    `${handle} (if (i32.eqz (i32.load8_u (i32.const 64))) (then (call $drop (i32.load (i32.const 72)))))`,
    outOfFuel,
  ),
  requesting(
    "sends requests for ever whose bodies never end",
    `(call $body (local.get $request) (i32.const 128)) ${handle}`,
    outOfFuel,
  ),
];
