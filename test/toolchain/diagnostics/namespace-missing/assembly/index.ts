import { Data } from "demo:names/first";

export function run(d: Data): Data {
  return d;
}
