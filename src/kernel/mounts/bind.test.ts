import { describe } from "bun:test";
import { attach, check, part, set, slave, strictTarget, target, targetLike } from "./mounts.test-support.ts";

describe("bind mounts", () => {
  check([
    {
      name: "a file gets a file as its target; attributes come before it is seen, propagation after",
      mount: { destination: "/etc/app.conf", source: "app.conf", options: ["rbind", "ro", "rprivate"] },
      child: [
        'openTree path="/bundle/app.conf" flags=0x8001 -> mount',
        set("mount", "flags=0 set=1 clear=0"),
        ...target("/etc/app.conf", "0100644"),
        ...attach(),
        'mountSetattr dir=mount path="" flags=0x8000 set=0 clear=0 propagation=0x40000',
        "close fd=mount",
      ],
    },
    {
      name: "a part of the source is resolved in it, once",
      mount: { destination: "/data", source: "/src", options: ["rbind", "ro", "x-teu.subpath=etc/x"] },
      child: [
        'open path="/src/" flags=0x200000 mode=0 -> source',
        ...part(0x8001),
        set("mount", "flags=0 set=1 clear=0"),
        ...targetLike,
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "recursive attributes reach all below",
      mount: { destination: "/data", source: "/src", options: ["bind", "nodev", "rro", "rnoatime"] },
      child: [
        'openTree path="/src" flags=1 -> mount',
        set("mount", "flags=0 set=4 clear=0"),
        set("mount", "flags=0x8000 set=17 clear=112"),
        ...target("/data"),
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "in a user namespace loosening what may be locked is tried apart",
      mount: { destination: "/data", source: "/src", options: ["rbind", "ro", "exec", "dev"] },
      over: { unprivileged: true },
      child: [
        'openTree path="/src" flags=0x8001 -> mount',
        set("mount", "flags=0 set=1 clear=0"),
        `${set("mount", "flags=0 set=0 clear=12")} [may EPERM]`,
        ...target("/data"),
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "a source that only the host reaches is prepared there",
      mount: { destination: "/data", source: "/src", options: ["rbind", "ro", "exec"] },
      over: { unprivileged: true, openSourcesInHost: true },
      host: ['openTree path="/src" flags=0x8001 -> mounts[0]', slave, set("mounts[0]", "flags=0 set=1 clear=8")],
      child: [...target("/data"), ...attach("mounts[0]"), "close fd=mounts[0]"],
    },
    {
      name: "what is bound on /proc must be the root of a procfs",
      mount: { destination: "/proc", source: "/proc", options: ["rbind"] },
      child: [
        'openTree path="/proc" flags=0x8001 -> mount',
        "checkFs fd=mount magic=0x9fa0 ino=1",
        ...strictTarget("/proc"),
        ...attach(),
        "close fd=mount",
      ],
    },
    {
      name: "the type bind is a bind mount without the option",
      mount: { destination: "/data", type: "bind", source: "/src" },
      child: ['openTree path="/src" flags=1 -> mount', ...target("/data"), ...attach(), "close fd=mount"],
    },
    {
      name: "a remount changes attributes alone, without the superblock",
      mount: { destination: "/data", options: ["remount", "bind", "ro", "rw", "nosuid"] },
      child: [
        'openIn root=root path="/data" flags=0x200000 mode=0 resolve=0 -> target',
        set("target", "flags=0 set=2 clear=1"),
        "close fd=target",
      ],
    },
  ]);
});
