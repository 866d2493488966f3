/** Checks of a host that runs: it answers, is ready, has the same time, and takes the token. */

import { isLoopback } from "../../access/loopback.ts";
import type { Problem } from "../../errors.ts";
import type { RemoteHost } from "../remote/remote-host.ts";
import { type DoctorFinding, note, ok, wrong } from "./finding.ts";

/** Milliseconds for an answer. */
const patience = 10_000;

export async function checkHost({ url, token }: RemoteHost): Promise<readonly DoctorFinding[]> {
  const started = performance.now();
  const alive = await asked(`${url}/healthz`);
  if (typeof alive === "string") {
    return [
      wrong(
        "host",
        `${url} does not answer: ${alive}.`,
        "Start a host there with hotcell serve, or name another with --url.",
      ),
    ];
  }
  const took = Math.round(performance.now() - started);
  if (!(await isHost(alive))) {
    return [
      wrong(
        "host",
        `What answers on ${url} is no Hotcell (${alive.status}).`,
        "Give the address that hotcell serve prints, with the path of a proxy if it has one.",
      ),
    ];
  }
  return [
    ok("host", `${url} answers after ${took} ms`),
    await readiness(url),
    ...time(alive),
    ...encryption(url, token),
    await acceptance(url, token),
  ];
}

async function asked(url: string, token?: string): Promise<Response | string> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    return await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(patience) });
  } catch (error) {
    const { cause, message } = error as Error;
    return cause instanceof Error && cause.message ? cause.message : message;
  }
}

async function isHost(answer: Response): Promise<boolean> {
  const body: unknown = await answer.json().catch(() => undefined);
  return answer.ok && (body as { status?: unknown } | null | undefined)?.status === "ok";
}

async function readiness(url: string): Promise<DoctorFinding> {
  const answer = await asked(`${url}/readyz`);
  if (typeof answer === "string") return wrong("ready", `${url}/readyz: ${answer}.`, "Try again.");
  const body = (await answer.json().catch(() => ({}))) as { damaged?: number; detail?: string };
  if (!answer.ok) {
    return wrong(
      "ready",
      `It is not ready: ${body.detail ?? answer.status}`,
      "Wait until it has started, or see what it says there.",
    );
  }
  if (!body.damaged) return ok("ready", "it takes work");
  return wrong(
    "ready",
    `It takes work, but ${body.damaged} of its plugins can't be run as they are stored.`,
    `Upload them again, or roll them back: GET ${url}/plugins says which (damaged).`,
  );
}

/** Its clock against ours, to the second that Date tells and the time that the answer took. */
function time(answer: Response): readonly DoctorFinding[] {
  const said = Date.parse(answer.headers.get("date") ?? "");
  if (Number.isNaN(said)) return [];
  const off = Math.round((said - Date.now()) / 1000);
  if (Math.abs(off) <= tolerated) return [ok("host-clock", "as here")];
  return [
    note(
      "host-clock",
      `Its clock is ${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} this machine's.`,
      "Have both kept by the network's time: tokens end, and history is told, by the host's.",
    ),
  ];
}

/** Seconds. */
const tolerated = 30;

function encryption(url: string, token: string | undefined): readonly DoctorFinding[] {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || isLoopback(hostname.replace(/^\[(.*)\]$/, "$1"))) return [];
  const what = token === undefined ? "What is called" : "The token, and what is called,";
  return [
    note(
      "tls",
      `${what} can be read on the way to ${url}.`,
      "Put a reverse proxy with TLS in front, and ask it by https.",
    ),
  ];
}

/** Answer to the token: the list of tokens is what nobody gets without one, on a loopback address neither. */
async function acceptance(url: string, token: string | undefined): Promise<DoctorFinding> {
  const answer = await asked(`${url}/${token === undefined ? "plugins" : "tokens"}`, token);
  if (typeof answer === "string") return wrong("access", `${url}: ${answer}.`, "Try again.");
  const { ok: taken, status } = answer;
  if (taken) await answer.body?.cancel();
  else {
    const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>;
    if (problem.code === "store-unavailable") {
      const found = `It can't use its store: ${problem.detail}`;
      return wrong("store", found, String(problem.remedy ?? "Look at what the host says there."));
    }
  }
  if (status === 401) {
    return token === undefined
      ? note("access", "It wants a token.", "Give one: HOTCELL_TOKEN, or --token.")
      : wrong(
          "access",
          "It does not know this token, or the token has ended.",
          "Get another from its owner: hotcell token new",
        );
  }
  if (taken)
    return ok(
      "access",
      token === undefined ? "its plugins are shown without a token" : "the token may do everything",
    );
  if (token !== undefined && status === 403)
    return ok("access", "the token is taken, and may not do everything");
  return note(
    "access",
    `Its API answers with ${status}.`,
    "Where the API has a listener of its own (HOTCELL_ADMIN), give that address.",
  );
}
