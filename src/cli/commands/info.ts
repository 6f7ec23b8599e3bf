// `teu info`: what this engine has, and what machine it is on, in docker's words.
import { type EngineInfo, engineInfo } from "../../engine/info.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { harmless } from "../format/harmless.ts";
import { binarySize } from "../format/human-size.ts";
import { inspectOutput } from "../format/inspect-output.ts";
import { lines } from "../format/list-output.ts";
import { VERSION } from "../version.ts";
import { INSPECT_FORMAT } from "./inspect-image.ts";

export default command({
  name: "info",
  summary: "Show what this engine has, and what machine it is on",
  usage: "[flags]",
  flags: INSPECT_FORMAT,
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu info --format '{{.ContainersRunning}} of {{.Containers}}'"],
  run({ flags, context }) {
    const info = engineInfo(engineOf(context), VERSION);
    const isPlain = flags.format === undefined || flags.format === "";
    if (isPlain) for (const warning of info.Warnings ?? []) context.err(`WARNING: ${harmless(warning)}\n`);
    context.out(isPlain ? lines(rows(info).map(harmless)) : inspectOutput([info], flags.format));
    return 0;
  },
});

function rows(info: EngineInfo): string[] {
  return [
    `Containers: ${info.Containers}`,
    ` Running: ${info.ContainersRunning}`,
    ` Paused: ${info.ContainersPaused}`,
    ` Stopped: ${info.ContainersStopped}`,
    `Images: ${info.Images}`,
    `Server Version: ${info.ServerVersion}`,
    `Storage Driver: ${info.Driver}`,
    `Logging Driver: ${info.LoggingDriver}`,
    `Cgroup Driver: ${info.CgroupDriver}`,
    `Cgroup Version: ${info.CgroupVersion}`,
    "Plugins:",
    ...(["Volume", "Network", "Log"] as const).map((kind) => ` ${kind}: ${info.Plugins[kind].join(" ")}`),
    `Runtimes: ${Object.keys(info.Runtimes).join(" ")}`,
    `Default Runtime: ${info.DefaultRuntime}`,
    `Init Binary: ${info.InitBinary}`,
    "Security Options:",
    ...info.SecurityOptions.map((option) => ` ${option.replace(/^name=/, "").replace(/,profile=/, "\n  Profile: ")}`).flatMap((text) =>
      text.split("\n"),
    ),
    `Kernel Version: ${info.KernelVersion}`,
    `Operating System: ${info.OperatingSystem}`,
    `OSType: ${info.OSType}`,
    `Architecture: ${info.Architecture}`,
    `CPUs: ${info.NCPU}`,
    `Total Memory: ${binarySize(info.MemTotal)}`,
    `Name: ${info.Name}`,
    `Docker Root Dir: ${info.DockerRootDir}`,
  ];
}
