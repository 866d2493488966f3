import { App, Context, Json, textOf, utf8 } from "hotcell/assembly/http";
import { Result, Tuple2, Unit } from "wit-types";
import { HmacKey, same } from "./hmac";

let key: HmacKey | null = null;

const app = new App();
app.post("/", receive);

export default app;

/** The host calls it in every new cell, with the settings' `env`: an error refuses the upload. */
export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  for (let i = 0; i < config.length; i++) {
    if (config[i].f0 == "secret" && config[i].f1 != "") key = new HmacKey(utf8(config[i].f1));
  }
  return key ? Result.ok<Unit, string>() : Result.err<Unit, string>("env has no secret");
}

export function health(): Result<Unit, string> {
  return Result.ok<Unit, string>();
}

function receive(c: Context): void {
  const body = c.req.bytes();
  const signature = c.req.header("x-hub-signature-256");
  // Nothing is read of a body that nobody has signed who knows the secret.
  if (!signature || !same(utf8(signature), utf8("sha256=" + hex(key!.sign(body))))) {
    console.warn("refused a delivery without the right signature");
    return c.status(401).text("X-Hub-Signature-256 is not the signature of this body.");
  }
  const payload = Json.parse(textOf(body));
  if (!payload) return c.status(400).text("The body is no JSON.");
  const header = c.req.header("x-github-event");
  const event = header ? header : "?";
  const repository = payload.get("repository").get("full_name").stringOr("?");
  const sender = payload.get("sender").get("login").stringOr("?");
  console.log(`${event} in ${repository} by ${sender}`);
  c.status(202).json(Json.object().set("event", event).set("repository", repository));
}

function hex(bytes: Uint8Array): string {
  const digits = "0123456789abcdef";
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += digits.charAt(bytes[i] >> 4) + digits.charAt(bytes[i] & 15);
  return text;
}
