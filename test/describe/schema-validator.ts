import { Ajv2020 } from "ajv/dist/2020.js";

/** Ajv as schemas of types are held against it. `ownProperties`: a field may be called `constructor`. */
export function ajv(): Ajv2020 {
  return new Ajv2020({ strict: true, strictTypes: false, ownProperties: true, validateFormats: false });
}
