/** Certificates of an authority of the tests' own. */
import { generateKeyPairSync } from "node:crypto";
import forge from "node-forge";

interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface TestAuthority {
  /** Certificate of the authority itself, as PEM. */
  readonly ca: string;
  /** Key and certificate of a server by these names, of which some may be addresses. `expired`: it was good yesterday. */
  issue(names: readonly string[], options?: { readonly expired?: boolean }): KeyAndCertificate;
}

const day = 24 * 60 * 60 * 1000;

export function testAuthority(): TestAuthority {
  const own = keys();
  const subject = [{ name: "commonName", value: "Tests" }];
  const root = certificate(own, subject, subject, [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, critical: true },
  ]);
  root.sign(own.privateKey, forge.md.sha256.create());
  return {
    ca: forge.pki.certificateToPem(root),
    issue(names, { expired = false } = {}) {
      const pair = keys();
      const altNames = names.map((name) =>
        /^[\d.]+$|:/.test(name) ? { type: 7, ip: name } : { type: 2, value: name },
      );
      const leaf = certificate(pair, [{ name: "commonName", value: names[0]! }], subject, [
        { name: "basicConstraints", cA: false },
        { name: "extKeyUsage", serverAuth: true },
        { name: "subjectAltName", altNames },
      ]);
      if (expired) leaf.validity.notAfter = new Date(Date.now() - day / 2);
      leaf.sign(own.privateKey, forge.md.sha256.create());
      return { key: forge.pki.privateKeyToPem(pair.privateKey), cert: forge.pki.certificateToPem(leaf) };
    },
  };
}

interface Keys {
  readonly publicKey: forge.pki.rsa.PublicKey;
  readonly privateKey: forge.pki.rsa.PrivateKey;
}

/** Made by Node, which is quicker at it. */
function keys(): Keys {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  return {
    publicKey: forge.pki.publicKeyFromPem(pair.publicKey) as forge.pki.rsa.PublicKey,
    privateKey: forge.pki.privateKeyFromPem(pair.privateKey),
  };
}

let serial = 1;

function certificate(
  { publicKey }: Keys,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  extensions: object[],
): forge.pki.Certificate {
  const made = forge.pki.createCertificate();
  made.publicKey = publicKey;
  made.serialNumber = `0${serial++}`;
  made.validity.notBefore = new Date(Date.now() - day);
  made.validity.notAfter = new Date(Date.now() + day);
  made.setSubject(subject);
  made.setIssuer(issuer);
  made.setExtensions(extensions);
  return made;
}
