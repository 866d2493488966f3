import { Data } from "demo:names/first";

export namespace first {
  export function run(d: Data): Data { return d; }
}

export namespace second {
  export function run(d: Data): Data { return d; }
}
