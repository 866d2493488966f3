/** Grant of requests: where they may go, what the host adds to them, and how many and how large they may be. */
import * as v from "valibot";
import { covered, readEntries, readEntry } from "../../backends/http-client/allow-list.ts";
import { mayBeAdded } from "../../backends/http-client/client-head.ts";
import type {
  ClientTimeouts,
  Credential,
  HostReach,
  HttpClientSettings,
} from "../../backends/http-client/client-settings.ts";
import { httpClientBounds } from "../../bounds/http-client-bounds.ts";
import { HotcellError } from "../../errors.ts";
import type { GrantForm } from "../capability.ts";
import { Secret } from "../secret.ts";

const maxEntries = httpClientBounds.entries.value;
const maxCredentials = httpClientBounds.credentials.value;
const maxCredential = httpClientBounds.credential.value;

const credentialSchema = v.strictObject({
  header: v.string(),
  value: v.union([v.string(), v.instance(Secret)], 'a text, or { "secret": a text }'),
});

const up = (to: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(to));
const MiB = 1024 * 1024;

const timeoutsSchema = v.strictObject({
  connect: v.optional(up(httpClientBounds.connectTimeout.value), 10_000),
  firstByte: v.optional(up(httpClientBounds.firstByteTimeout.value), 30_000),
  betweenBytes: v.optional(up(httpClientBounds.betweenBytesTimeout.value), 30_000),
  whole: v.optional(up(httpClientBounds.wholeTimeout.value), 300_000),
});

const schema = v.pipe(
  v.strictObject({
    allow: v.pipe(v.array(v.string()), v.maxLength(maxEntries, `a list of at most ${maxEntries} entries`)),
    secrets: v.optional(v.record(v.string(), credentialSchema), {}),
    private: v.optional(v.boolean(), false),
    redirects: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(httpClientBounds.redirects.value)),
      0,
    ),
    timeouts: v.optional(timeoutsSchema, {}),
    requestBytes: v.optional(up(httpClientBounds.requestBytes.value), 16 * MiB),
    responseBytes: v.optional(up(httpClientBounds.responseBytes.value), 16 * MiB),
    requestsPerSecond: v.optional(up(httpClientBounds.requestsPerSecond.value), 100),
    concurrent: v.optional(up(httpClientBounds.concurrent.value), 64),
  }),
  v.transform(
    ({ allow, secrets, ...others }): HttpClientSettings => ({
      ...others,
      allow: readEntries(allow, "grants.http.allow"),
      secrets: readCredentials(secrets),
    }),
  ),
);

type Asked = v.InferOutput<typeof credentialSchema>;

function readCredentials(asked: Readonly<Record<string, Asked>>): Credential[] {
  const entries = Object.entries(asked);
  if (entries.length > maxCredentials)
    throw wrong(
      "grants.http.secrets",
      `grants.http.secrets has ${entries.length} members, and may have ${maxCredentials}.`,
      `${entries.length}`,
      "Leave those out that are not used.",
    );
  return entries.map(([origin, { header, value }]) => {
    const subject = `grants.http.secrets.${origin}`;
    const to = readEntry(origin);
    if (typeof to === "string" || to.methods || to.host.kind === "any") {
      const reason = typeof to === "string" ? to : "it has to name a host, and no method";
      const remedy =
        'Name where it is to go, such as "https://api.example.com" or "https://api.example.com/v1/*".';
      throw wrong(subject, `${subject} names no destination: ${reason}.`, origin, remedy);
    }
    if (!mayBeAdded(header, "")) {
      const remedy = 'Name a field such as "authorization", which is none of the connection\'s own.';
      throw wrong(
        `${subject}.header`,
        `${subject}.header is no field that the host may add.`,
        header,
        remedy,
      );
    }
    // As a plain text it would be shown to whoever reads the settings; nor is it told here.
    if (!(value instanceof Secret)) {
      const remedy = 'Give it as { "secret": "…" }, which nobody is shown.';
      throw wrong(`${subject}.value`, `${subject}.value is a plain text.`, undefined, remedy);
    }
    const { reveal } = value;
    const text = reveal();
    if (text.length > maxCredential || !mayBeAdded(header, text)) {
      const remedy = `Give a text of one line in Latin characters, of at most ${maxCredential} characters.`;
      throw wrong(`${subject}.value`, `${subject}.value can't stand in a header field.`, undefined, remedy);
    }
    return { to, header: header.toLowerCase(), reveal };
  });
}

function wrong(subject: string, message: string, actual: string | undefined, remedy: string): HotcellError {
  return new HotcellError("bad-settings", message, {
    subject,
    ...(actual !== undefined && { actual }),
    remedy,
  });
}

export const outgoingGrant: GrantForm<HttpClientSettings> = {
  allows: "sending requests to the destinations of its list",
  settings: schema,
  example: { allow: ["https://api.example.com/v1/*"] },
  amounts: ["requestsPerSecond", "concurrent", "requestBytes", "responseBytes"],
  forAdmins: ({ private: inward }) => inward,
  requireWithin: requireWithinReach,
  // Where requests may go, and with which credentials, the driver knows.
  there: () => ({ allow: [] }),
  within: (settings, granted) =>
    settings.allow.every((entry) => covered(entry, granted.allow)) &&
    (granted.private || !settings.private) &&
    limitsWithin(settings, granted) &&
    settings.secrets.every((one) => granted.secrets.some((other) => sameCredential(one, other))),
};

/** Throws `bad-settings`, naming what the host's owner does not allow anybody. */
function requireWithinReach({ allow, private: inward }: HttpClientSettings, reach: HostReach): void {
  const { allow: most } = reach;
  const at = most ? allow.findIndex((entry) => !covered(entry, most)) : -1;
  if (most && at >= 0) {
    const entries = most.map(({ text }) => text);
    throw new HotcellError(
      "bad-settings",
      `grants.http.allow.${at} is more than this host lets plugins reach.`,
      {
        subject: `grants.http.allow.${at}`,
        actual: allow[at]!.text,
        expected: entries.join(", ") || "no destination",
        remedy: `Ask for less, or have the host's owner allow more (HOTCELL_ALLOW, createHost({ allow })).`,
      },
    );
  }
  if (inward && !reach.private)
    throw new HotcellError("bad-settings", "This host lets no plugin reach private addresses.", {
      subject: "grants.http.private",
      actual: "true",
      expected: "false",
      remedy:
        'Leave private out, or have the host\'s owner allow it: HOTCELL_ALLOW=private, createHost({ allow: ["private"] }).',
    });
}

const limits = ["redirects", "requestBytes", "responseBytes", "requestsPerSecond", "concurrent"] as const;

function limitsWithin(settings: HttpClientSettings, granted: HttpClientSettings): boolean {
  const times = Object.keys(settings.timeouts) as (keyof ClientTimeouts)[];
  return (
    limits.every((name) => settings[name] <= granted[name]) &&
    times.every((name) => settings.timeouts[name] <= granted.timeouts[name])
  );
}

function sameCredential(one: Credential, other: Credential): boolean {
  return one.to.text === other.to.text && one.header === other.header && one.reveal() === other.reveal();
}
