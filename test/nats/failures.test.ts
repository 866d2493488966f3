/** Errors of NATS servers of several versions, and what a host does about them. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { expect, it } from "vitest";
import { isOutrun, mayPass } from "../../host/nats/nats-failure.ts";

const refusal = (err_code: number) =>
  new JetStreamApiError({ code: 400, err_code, description: "wrong last sequence" });

it("tells a change that came late, which stays refused, from one beside another on its way, which is tried again", () => {
  // 2.9 knows the first only; 2.11 and later say the second while servers agree on a change of the same subject.
  expect([isOutrun(refusal(10071)), mayPass(refusal(10071))]).toEqual([true, false]);
  expect([isOutrun(refusal(10164)), mayPass(refusal(10164))]).toEqual([false, true]);
});
