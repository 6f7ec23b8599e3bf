// podman, with the CNI plugins of Debian, in the network that teu's containers are in: what each of them publishes goes on working, whoever came first,
// and when the other's containers go.
import { expect } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { IMAGE, imageArchive } from "../peers/image.ts";
import { podmanConfiguration } from "../peers/podman.ts";
import { startBoxes } from "./lab/boxes.ts";
import { all, check, ends, gatewayOf, of, ports } from "./lab/cells.ts";
import { HOST, type Lab, labRequires, PEER, withLab } from "./lab/lab.ts";
import { makeNetworks, publish } from "./lab/matrix.ts";
import { ask, serve } from "./lab/traffic.ts";

const { test } = labRequires("podman", "cni", "iptables", "runc");

// network: the plugins' leases lie below the network's name, for the whole machine.
const configuration = (lab: Lab, network: string) => `${podmanConfiguration(lab.roots)}[network]
network_backend = "cni"
network_config_dir = "${lab.roots.path("podman-net")}"
default_network = "${network}"
cni_plugin_dirs = ["/usr/lib/cni"]
`;

/** A container of podman's that answers at port 9090; what comes back removes it. */
async function startPodman(lab: Lab): Promise<() => Promise<void>> {
  const { roots } = lab;
  const network = `${roots.mark}-podman`;
  const conf = roots.path("containers.conf");
  writeFileSync(conf, configuration(lab, network));
  const global = [
    "--root",
    roots.path("podman-root"),
    "--runroot",
    roots.path("podman-run"),
    "--runtime",
    "runc",
    "--cgroup-manager=cgroupfs",
  ];
  const podman = (...args: readonly string[]) =>
    lab.in("host", ["podman", ...global, ...args], { env: { CONTAINERS_CONF: conf }, timeoutMs: 60_000 });
  await podman("load", "--input", await imageArchive(roots));
  const server = ["sh", "-c", "while :; do echo podman | nc -l -p 80; done"];
  await podman("run", "-d", "--cgroup-parent", `/${roots.mark}`, "-p", "9090:80", IMAGE, ...server);
  return async () => {
    await podman("rm", "--all", "--force", "--time=0");
    rmSync(`/var/lib/cni/networks/${network}`, { recursive: true, force: true });
  };
}

async function startOurs(lab: Lab) {
  await makeNetworks(lab);
  const place = (last: number) => ["--network", `name=one,ip=${of(1, last)[0]},ip6=${of(1, last)[1]}`];
  const boxes = await startBoxes(lab, { a: [...place(2), ...publish(8080)], b: place(3) });
  await Promise.all([boxes.a.serve(80), boxes.b.serve(80), serve(lab, "peer", 80)]);
  return boxes;
}

const [a, b] = [of(1, 2), of(1, 3)];
const WORKS = [
  ...all("b", a, b),
  ...all("b", ends(PEER), ends(HOST)),
  ...ports("b", ends(HOST), gatewayOf(1)),
  ...ports("peer", ends(HOST), ends(PEER)),
  ...ports("host", ends(HOST), ends(HOST)),
];

const podmans = async (lab: Lab) => [
  (await ask(lab, "peer", "tcp", HOST.ipv4, 9090))?.trim(),
  (await ask(lab, "host", "tcp", HOST.ipv4, 9090))?.trim(),
];

for (const first of ["podman", "teu"])
  test(`${first} first`, async () => {
    await withLab(
      async (lab) => {
        let ours = first === "teu" ? await startOurs(lab) : undefined;
        const stop = await startPodman(lab);
        try {
          ours ??= await startOurs(lab);
          await check(lab, WORKS, ours);
          expect(await podmans(lab)).toEqual(["podman", "podman"]);
          if (first === "podman") {
            await lab.ok(["rm", "-f", ours.a.name, ours.b.name]);
            expect(await podmans(lab)).toEqual(["podman", "podman"]);
          }
        } finally {
          await stop();
        }
        if (first === "teu") await check(lab, WORKS, ours);
      },
      { leftovers: "sweep" },
    );
  });
