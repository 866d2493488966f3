/** Writers on one store on NATS that are between each other's steps. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type BlobPin, Blobs } from "../../../host/nats/blobs.ts";
import { natsAddress } from "../../../host/nats/nats-address.ts";
import type { NatsLink } from "../../../host/nats/nats-link.ts";
import { openNats } from "../../../host/nats/open-nats.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { bytesOf, digestOf } from "../../support/commits.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";
import { linkWith } from "./ordered-link.ts";

const [stream, prefix] = ["hotcell_data", "hotcell.data.blobs"];

describe.runIf(!inject("missing").includes("nats-server"))(
  "writers on NATS between each other's steps",
  () => {
    let server: NatsServer;
    let link: NatsLink;
    beforeAll(async () => {
      server = await natsServer();
      const url = `nats://127.0.0.1:${server.port}`;
      await using _ = await openNatsStore({ url });
      link = await openNats(natsAddress(url, "url"), { patience: 1000 });
    });
    afterAll(async () => {
      await link?.close();
      await server?.[Symbol.asyncDispose]();
    });

    const pin = (subject: string): BlobPin => ({ subject, last: 0, at: Date.now() });

    it("keep the parts of a version that is stored as a part of another at once", async () => {
      const bytes = bytesOf("both", 3000);
      const digest = digestOf(bytes);
      const facts = { kind: "version", about: '"it"', parts: ["sha256:00"], whole: 5000 } as const;
      let stored = false;
      const slow = linkWith(link, {
        async publish(subject, message) {
          if (!stored) {
            stored = true;
            await new Blobs(link, stream, prefix).put(digest, bytes, facts, pin("one"));
          }
          return link.publish(subject, message);
        },
      });
      const blobs = new Blobs(slow, stream, prefix);
      await blobs.putPart(digest, bytes, pin("other"));
      const marker = await blobs.marker(digest);
      expect(marker).toMatchObject(facts);
      expect(marker!.pins.map(({ subject }) => subject)).toEqual(["one", "other"]);
      expect(digestOf((await blobs.bytes(digest))!)).toBe(digest);
    });
  },
);
