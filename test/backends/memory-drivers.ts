import { type Drivers, HostDrivers } from "../../host/backends/drivers.ts";
import { filesDriver } from "../../host/backends/files/files-driver.ts";
import { MemoryFiles } from "../../host/backends/files/memory-files.ts";
import { publicReach } from "../../host/backends/http-client/client-settings.ts";
import { httpClientDriver } from "../../host/backends/http-client/http-client.ts";
import { KeyValueDriver } from "../../host/backends/key-value/key-value-driver.ts";
import { MemoryKeyValue } from "../../host/backends/key-value/memory-key-value.ts";

/** Drivers of a host that keeps everything in memory. */
export function memoryDrivers(): Drivers {
  return new HostDrivers([
    ["files", filesDriver(new MemoryFiles())],
    ["http-client", httpClientDriver({ reach: publicReach })],
    ["key-value", new KeyValueDriver(new MemoryKeyValue())],
  ]).find;
}
