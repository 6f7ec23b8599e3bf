// Use case `info`: what this engine has, and what machine it is on, in the fields of docker's GET /info.
import { readFileSync } from "node:fs";
import { cpus, hostname, release, totalmem } from "node:os";
import { DRIVERS } from "../network/model/network.ts";
import { listViews } from "./containers/view.ts";
import type { Engine } from "./engine.ts";
import { openImages } from "./images/image-engine.ts";
import { networkWarnings } from "./networks/host/warnings.ts";

/** What docker calls the architectures of Linux. */
const MACHINES: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64" };

/** Counts and looks; in docker's fields. */
export function engineInfo(engine: Engine, version: string) {
  const { runtime, root } = engine;
  const facts = runtime.facts();
  const statuses = listViews(engine).map(({ status }) => status);
  const count = (...wanted: readonly string[]) => statuses.filter((status) => wanted.includes(status)).length;
  using images = openImages(engine);
  const running = count("running", "restarting");
  const paused = count("paused");
  const warnings = networkWarnings(engine);
  return {
    Containers: statuses.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: statuses.length - running - paused,
    Images: images.store.names.list().length,
    Driver: "overlay2",
    Plugins: {
      Volume: ["local"],
      Network: [...DRIVERS, "host", "none"].toSorted(),
      Authorization: null,
      Log: ["journald", "json-file", "local", "none"],
    },
    SystemTime: runtime.now().toISOString(),
    LoggingDriver: "json-file",
    CgroupDriver: facts.cgroup.writable ? "cgroupfs" : "none",
    CgroupVersion: facts.cgroup.mode === "v2" ? "2" : "1",
    KernelVersion: release(),
    OperatingSystem: operatingSystem(),
    OSType: "linux",
    Architecture: MACHINES[facts.arch] ?? facts.arch,
    NCPU: cpus().length,
    MemTotal: totalmem(),
    DockerRootDir: root,
    Name: hostname(),
    ServerVersion: version,
    Runtimes: { teu: { path: engine.self } },
    DefaultRuntime: "teu",
    InitBinary: "teu-launcher",
    SecurityOptions: [
      "name=seccomp,profile=builtin",
      ...(facts.lsm.apparmor ? ["name=apparmor"] : []),
      ...(facts.lsm.selinux ? ["name=selinux"] : []),
      ...(facts.rootless ? ["name=rootless"] : []),
      "name=cgroupns",
    ],
    Warnings: warnings.length === 0 ? null : warnings,
  };
}

export type EngineInfo = ReturnType<typeof engineInfo>;

/** os-release(5) */
function operatingSystem(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux";
  } catch {
    return "Linux";
  }
}
