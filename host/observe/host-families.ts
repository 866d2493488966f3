/** Families of metrics of the host as a whole. */
import { type Family, labels, type MetricsWriter, type Scale } from "./exposition.ts";
import type { HostMeters } from "./host-meters.ts";
import type { ProcessFigures } from "./machine-figures.ts";
import { seconds } from "./plugin-families.ts";

/** Figures of a host that its parts keep anyway, in bytes and counts. */
export interface HostFigures {
  readonly plugins: number;
  readonly damaged: number;
  /** Number of those that run otherwise than another host has made them. */
  readonly behind: number;
  /** Number of hosts on what it serves from, by the version of Hotcell that they are. */
  readonly hosts: ReadonlyMap<string, number>;
  readonly cellMemory: RoomFigures;
  readonly processMemory: RoomFigures;
  readonly heap: RoomFigures;
}

/** Memory in use and its limit, in bytes. */
export interface RoomFigures {
  readonly inUse: number;
  readonly limit: number;
}

/** Scale of times of stages, in milliseconds from a tenth on, told in seconds. */
const stages: Scale = { doublings: [0, 3, 5, 7, 9, 11, 13, 15, 17], unit: 0.1, factor: 0.001 };

const family = (name: string, type: Family["type"], help: string): Family => ({ name, type, help });
const build = family("hotcell_build_info", "gauge", "Versions of Hotcell and Node; always 1.");
const workers = family(
  "hotcell_workers",
  "gauge",
  "Workers that serve: of late ones the newest is not among the figures.",
);
const plugins = family("hotcell_plugins", "gauge", "Plugins that are deployed; damaged ones can't run.");
const behind = family(
  "hotcell_plugins_behind",
  "gauge",
  "Plugins that run otherwise than another host on the same store has made them, because that does not start here.",
);
const hosts = family(
  "hotcell_hosts",
  "gauge",
  "Hosts that serve from the same data, this one among them, by the version of Hotcell that they are; workers of one process are one.",
);
const deployments = family(
  "hotcell_deployments",
  "counter",
  "Uploads, changes of settings, rollbacks and removals, by how they ended.",
);
const sourceChecks = family(
  "hotcell_source_checks",
  "counter",
  "Looks at what plugins follow in registries, by what they came to.",
);
const stageSeconds = family(
  "hotcell_deployment_stage_seconds",
  "histogram",
  "Seconds that stages of deployments took.",
);
const queueSeconds = family(
  "hotcell_queue_wait_seconds",
  "histogram",
  "Seconds that calls waited for a cell or a process to be free; those that had not to are not counted.",
);
const backendSeconds = family(
  "hotcell_backend_seconds",
  "histogram",
  "Seconds that questions of plugins to backends took.",
);
const room = family(
  "hotcell_room_bytes",
  "gauge",
  "Bytes in use of what is bounded for all plugins together.",
);
const roomLimit = family("hotcell_room_limit_bytes", "gauge", "Bytes that these may be.");
const delay = family(
  "hotcell_event_loop_delay_seconds",
  "gauge",
  "Seconds by which the event loop came late, in the last five seconds.",
);
const active = family(
  "hotcell_event_loop_active_seconds",
  "counter",
  "Seconds that the event loop was busy.",
);
const cpu = family("process_cpu_seconds", "counter", "Seconds of processor time that the process took.");
const resident = family("process_resident_memory_bytes", "gauge", "Bytes of memory of the process.");
const started = family("process_start_time_seconds", "gauge", "Time at which the process began, since 1970.");
const heapUsed = family(
  "nodejs_heap_size_used_bytes",
  "gauge",
  "Bytes of JavaScript's heap that are in use.",
);
const heapTotal = family("nodejs_heap_size_total_bytes", "gauge", "Bytes of JavaScript's heap.");
const external = family(
  "nodejs_external_memory_bytes",
  "gauge",
  "Bytes that JavaScript holds beside its heap.",
);

/** Source of what is written of a host as a whole. */
export interface HostSource {
  readonly meters: HostMeters;
  readonly figures: HostFigures;
  /** Processes that it runs in, with the labels that tell them apart. */
  readonly processes: readonly (readonly [
    labels: Readonly<Record<string, string>>,
    figures: ProcessFigures,
  ])[];
  /** Labels of the build. */
  readonly versions: Readonly<Record<string, string>>;
  /** Workers by what was heard of them; absent for a host that is one process. */
  readonly workers?: { readonly answered: number; readonly late: number };
}

/** Writes all of them. */
export function* writeHost(out: MetricsWriter, source: HostSource): Generator<void> {
  const { meters, figures, processes, versions, workers: heard } = source;
  const write = (of: Family, samples: readonly (readonly [Readonly<Record<string, string>>, number])[]) => {
    out.family(of);
    for (const [values, value] of samples) out.sample(of, labels(values), value);
  };
  write(build, [[versions, 1]]);
  if (heard)
    write(workers, [
      [{ state: "answered" }, heard.answered],
      [{ state: "late" }, heard.late],
    ]);
  write(plugins, [
    [{ state: "sound" }, figures.plugins - figures.damaged],
    [{ state: "damaged" }, figures.damaged],
  ]);
  write(behind, [[{}, figures.behind]]);
  write(
    hosts,
    [...figures.hosts].map(([version, count]) => [{ version }, count] as const),
  );
  write(
    deployments,
    [...meters.deployments].map(
      ({ kind, outcome, code, count }) => [{ kind, outcome, code }, count] as const,
    ),
  );
  write(
    sourceChecks,
    [...meters.sourceChecks].map(([outcome, count]) => [{ outcome }, count] as const),
  );
  out.family(stageSeconds);
  for (const [stage, times] of meters.stages) out.histogram(stageSeconds, labels({ stage }), times, stages);
  yield;
  out.family(queueSeconds);
  out.histogram(queueSeconds, "", meters.queueWaits, seconds);
  out.family(backendSeconds);
  for (const [backend, times] of meters.backends)
    if (times.histogram.count > 0)
      out.histogram(backendSeconds, labels({ backend }), times.histogram, seconds);
  const rooms = {
    "cell-memory": figures.cellMemory,
    "process-memory": figures.processMemory,
    heap: figures.heap,
  };
  const each = Object.entries(rooms);
  write(
    room,
    each.map(([of, { inUse }]) => [{ of }, inUse] as const),
  );
  write(
    roomLimit,
    each.map(([of, { limit }]) => [{ of }, limit] as const),
  );
  yield;
  write(
    delay,
    processes.flatMap(([labels, { delay }]) =>
      (["p50", "p99", "max"] as const).map(
        (statistic) => [{ ...labels, statistic }, delay[statistic]] as const,
      ),
    ),
  );
  for (const [of, name] of [
    [active, "active"],
    [cpu, "cpu"],
    [resident, "resident"],
    [started, "started"],
    [heapUsed, "heapUsed"],
    [heapTotal, "heapTotal"],
    [external, "external"],
  ] as const)
    write(
      of,
      processes.map(([labels, figures]) => [labels, figures[name]] as const),
    );
}
