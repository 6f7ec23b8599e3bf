// dockerd beside teu: `network …`, each in a network namespace of its own, as both make bridges.
import { expect } from "bun:test";
import { labRequires, withLab } from "../network/lab/lab.ts";
import { eventually } from "../support/run.ts";
import { inTurn, type Row, side } from "./side-by-side.ts";

const FIELDS = [
  ...["{{.Name}}", "{{.Scope}}", "{{.Driver}}", "{{.EnableIPv6}}", "{{json .IPAM.Config}}", "{{json .IPAM.Options}}", "{{.IPAM.Driver}}"],
  ...["{{.Internal}}", "{{.Attachable}}", "{{.Ingress}}", "{{json .ConfigFrom}}", "{{.ConfigOnly}}", "{{json .Containers}}"],
  ...["{{json .Options}}", "{{json .Labels}}"],
].join(" ");

const GIVEN = "--subnet 10.207.0.0/24 --gateway 10.207.0.9 --ip-range 10.207.0.128/25 --aux-address r=10.207.0.7";

const ROWS: readonly Row[] = [
  "X network create --ipv6=false na | wc -c",
  ["X network create na", "network with name na already exists"],
  `X network create --ipv6=false ${GIVEN} --label a=b -o com.docker.network.driver.mtu=1400 nb | wc -c`,
  `X network inspect -f '${FIELDS}' nb none host`,
  "X network inspect nb -f '{{.Id}} {{.Created}}' | sed 's/[0-9:.-]* +0000 UTC/TIME/'",
  "X network inspect -f '{{(index .IPAM.Config 0).Gateway}} {{len .IPAM.Config}} {{range .IPAM.Config}}{{.IPRange}} {{index .AuxiliaryAddresses \"r\"}}{{end}}' nb",
  "X inspect --type network -f '{{.Name}}' nb; X inspect -f '{{.Driver}}' nb",
  "X network ls -f type=custom --format '{{.ID}} {{.Name}} {{.Driver}} {{.Scope}} {{.Internal}} {{.IPv6}} {{.Labels}} {{.Label \"a\"}}'",
  "X network ls -f type=custom",
  "X network ls -q -f type=custom; X network ls -q --no-trunc -f name=^nb$",
  "X network ls -f label=a=b --format '{{.Name}}'; X network ls -f driver=bridge -f name=n --format '{{.Name}}'; X network ls -f driver=null -f driver=host -q | wc -l",
  "X network ls -f dangling=true --format '{{.Name}}'; X network ls -f scope=swarm -q",
  ["X network ls -f nonsense=1", "nvalid filter 'nonsense'"],
  "X network inspect nope",
  "X network inspect nb nope -f '{{.Name}}'",
  ["X network create bridge", "operation is not permitted on predefined bridge network"],
  ["X network create host", "operation is not permitted on predefined host network"],
  ["X network rm none", "none is a pre-defined network and cannot be removed"],
  ["X network create --subnet 10.207.0.0/25 nx", "overlaps"],
  ["X network create --subnet 10.208.0.0/24 --gateway 10.209.0.1 nx", "no matching subnet for gateway 10.209.0.1"],
  ["X network create --subnet 10.208.0.0/24 --ip-range 10.209.0.0/25 nx", "no matching subnet for range"],
  "X network create -d nosuch nx",
  "X network create --internal --attachable nc | wc -c; X network inspect -f '{{.Internal}} {{.Attachable}}' nc",
  "X network rm nope nc",
  "X network prune -f --filter label=a",
  "echo n | X network prune; echo y | X network prune",
  "X network prune -f",
  "X network ls -f type=custom -q; X network rm",
];

labRequires("dockerd", "docker", "containerd").test(
  "docker and teu agree about networks",
  () =>
    withLab(
      async (lab) => {
        const path = (name: string) => lab.roots.path(name);
        const place = await lab.place("docker");
        const socket = `unix://${path("docker.sock")}`;
        const docker = ["docker", "--host", socket];
        lab.start(place, [
          ...["dockerd", "--host", socket, "--data-root", path("docker-data"), "--exec-root", path("docker-exec")],
          ...["--pidfile", path("docker.pid"), "--cgroup-parent", `/${lab.roots.mark}`, "--bridge=none", "--iptables=false"],
          ...["--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false"],
        ]);
        await eventually("dockerd answers", async () => (await lab.run(place, [...docker, "version"])).status === 0, 30_000);
        const env = { ...lab.env };
        const teu = `nsenter --net=${lab.namespace("host")} -- ${lab.program}`;
        const sides = [docker.join(" "), teu].map((program, at) => side(program, { cwd: path(`side-${at}`), env }));
        const [theirs, ours] = await Promise.all(sides.map((see) => inTurn(ROWS, see)));
        expect(ours).toEqual(theirs ?? []);
        await lab.run(place, ["sh", "-c", `kill $(cat ${path("docker.pid")})`]);
        await eventually("dockerd has ended", async () => (await lab.run(place, ["test", "!", "-e", path("docker.pid")])).status === 0);
      },
      { leftovers: "sweep" },
    ),
  120_000,
);
