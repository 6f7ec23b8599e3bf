// The flags of `run`: docker's names and letters. The parser, `--help` and completion read this table.
import type { Flags, FlagValues } from "../command.ts";

// biome-ignore format: table
export const RUN_FLAGS = {
  "cap-add":      { type: "string", multiple: true, value: "NAME", summary: "Give a capability, or ALL" },
  "cap-drop":     { type: "string", multiple: true, value: "NAME", summary: "Take a capability away, or ALL" },
  cpus:           { type: "string", value: "N", summary: "CPU time, in CPUs (1.5)" },
  "cpuset-cpus":  { type: "string", value: "LIST", summary: "CPUs to run on (0-3,7)" },
  "detach-keys":  { type: "string", value: "KEYS", summary: "Keys that leave the terminal and let the container run (ctrl-p,ctrl-q)" },
  env:            { type: "string", short: "e", multiple: true, value: "NAME=VALUE", summary: "Set an environment variable" },
  explain:        { type: "boolean", summary: "Print the launch plan, an op a line, and run nothing" },
  hostname:       { type: "string", short: "h", value: "NAME", summary: "The container's host name" },
  interactive:    { type: "boolean", short: "i", summary: "Keep standard input open" },
  json:           { type: "boolean", summary: "Print --explain as JSON" },
  memory:         { type: "string", short: "m", value: "SIZE", summary: "Memory limit (64m, 1g)" },
  name:           { type: "string", value: "NAME", summary: "The container's name" },
  network:        { type: "string", value: "MODE", summary: "none (loopback only, the default) or host" },
  "pids-limit":   { type: "string", value: "N", summary: "Most processes; -1 is no limit" },
  privileged:     { type: "boolean", summary: "All capabilities and no system call filter; masks and cgroups stay" },
  "read-only":    { type: "boolean", summary: "Mount the root file system read-only" },
  rm:             { type: "boolean", summary: "Delete the container when it has ended" },
  rootfs:         { type: "string", value: "DIR", summary: "The directory to use as root file system" },
  "security-opt": { type: "string", multiple: true, value: "OPTION", summary: "seccomp=unconfined: no system call filter" },
  "sig-proxy":    { type: "boolean", summary: "Hand signals on to the container (true; --sig-proxy=false keeps them)" },
  timings:        { type: "boolean", summary: "Print what each phase and the slowest ops took, when it has ended" },
  tty:            { type: "boolean", short: "t", summary: "Give the container a terminal" },
  ulimit:         { type: "string", multiple: true, value: "TYPE=SOFT[:HARD]", summary: "A resource limit (nofile=1024:4096); -1 is no limit" },
  user:           { type: "string", short: "u", value: "UID[:GID]", summary: "Who the program runs as, in numbers" },
  volume:         { type: "string", short: "v", multiple: true, value: "SRC:DST[:ro]", summary: "Bind-mount a file or directory" },
  workdir:        { type: "string", short: "w", value: "DIR", summary: "The program's working directory" },
} as const satisfies Flags;

export type RunFlagValues = FlagValues<typeof RUN_FLAGS>;
