import { describe, expect, test } from "bun:test";
import { attach, check, IDS, lines, slave, target } from "./mounts.test-support.ts";

describe("idmapped mounts", () => {
  const helper = (name: string, map: string) => [
    "channel -> idmap near, idmap far",
    "clone section=2 flags=0x10000000 -> idmap pid",
    "openPid proc=proc pid=idmap pid -> idmap proc",
    `write dir=idmap proc path="uid_map" data="${map}\\n"`,
    `write dir=idmap proc path="gid_map" data="${map}\\n"`,
    `open dir=idmap proc path="ns/user" flags=0 mode=0 -> ${name}`,
    "signal channel=idmap near number=1",
    "reap pid=idmap pid",
    "close fd=idmap near",
    "close fd=idmap far",
    "close fd=idmap proc",
  ];
  const mapped = (userns: string, flags: string) => [
    'openTree path="/src" flags=0x8001 -> mounts[0]',
    slave,
    `mountSetattr dir=mounts[0] path="" flags=${flags} set=0x100000 clear=0 propagation=0 userns=${userns}`,
  ];
  const child = [...target("/data"), ...attach("mounts[0]"), "close fd=mounts[0]"];
  const container = { uidMappings: [{ containerID: 0, hostID: 7, size: 1 }], gidMappings: [{ containerID: 0, hostID: 7, size: 1 }] };
  check([
    {
      name: "have a user namespace made for their maps, and are mapped where the privilege is",
      mount: { destination: "/data", source: "/src", options: ["rbind", "ridmap"], uidMappings: IDS, gidMappings: IDS },
      host: [...helper("userns 0:1000:10/0:1000:10", "0 1000 10"), ...mapped("userns 0:1000:10/0:1000:10", "0x8000")],
      child,
    },
    {
      name: "without maps of their own take the container's",
      mount: { destination: "/data", source: "/src", options: ["rbind", "idmap"] },
      over: { idMaps: container },
      host: [...helper("userns 0:7:1/0:7:1", "0 7 1"), ...mapped("userns 0:7:1/0:7:1", "0")],
      child,
    },
    {
      name: "without maps take the user namespace that is joined",
      mount: { destination: "/data", source: "/src", options: ["rbind", "idmap"] },
      over: { joinedUserNamespace: "/proc/7/ns/user" },
      host: ['open path="/proc/7/ns/user" flags=0 mode=0 -> joined userns', ...mapped("joined userns", "0")],
      child,
    },
  ]);

  test("with the same maps share one user namespace", () => {
    const mount = { source: "/src", options: ["bind"], uidMappings: IDS, gidMappings: IDS };
    const { host } = lines([
      { destination: "/a", ...mount },
      { destination: "/b", ...mount },
    ]);
    expect(host.filter((line) => line.startsWith("clone"))).toHaveLength(1);
  });
});
