// dockerd beside teu: networks and what containers have of them, each in a network namespace of its own, as both make bridges.
import { expect } from "bun:test";
import { labRequires, withLab } from "../network/lab/lab.ts";
import { eventually, runOk } from "../support/run.ts";
import { IMAGE, imageArchive } from "./image.ts";
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

/** A list in docker's order, which is none. */
const SORTED = "tr ' ,' '\\n' | sort";
const JSON_OF = (...fields: readonly string[]) => fields.map((field) => `{{json ${field}}}`).join(" ");
const MINE = ".NetworkSettings.Networks.one";

/** Containers on networks; `box` is an image. */
const CONTAINERS: readonly Row[] = [
  "X network create --ipv6=false --subnet 10.207.0.0/24 one | wc -c; X network create --ipv6=false --subnet 10.207.1.0/24 two | wc -c",
  // Ports.
  "X run -d --name pa -p 8080:80 -p 127.0.0.1:9000-9002:9000-9002/udp -p 8443:443/tcp -p 8443:443/udp --expose 7000-7001 --expose 53/udp box sleep 1000 | wc -c",
  "X port pa; X port pa 80; X port pa 443/udp; X port pa 9000/udp; X ps --format '{{.Ports}}'",
  `X inspect -f '${JSON_OF(".HostConfig.PortBindings", ".NetworkSettings.Ports", ".Config.ExposedPorts", ".HostConfig.ExtraHosts", ".HostConfig.Dns", ".HostConfig.Links")}' pa`,
  ["X port pa 81", "o public port '81"],
  ["X port pa x", "x"],
  ["X port nope", "No such container: nope"],
  ["X run --rm -p 8080:81 box true", "Bind for 0.0.0.0:8080 failed: port is already allocated"],
  ["X create --name pb -p 8080:81 box true | wc -c; X start pb", "Bind for 0.0.0.0:8080 failed: port is already allocated"],
  "X ps -a --filter name=pb --format '{{.Status}} {{.Ports}}|'; X port pb; X inspect -f '{{json .NetworkSettings.Ports}}' pb; X rm pb; X rm -f pa",
  "X run -d --name pa -P -p 8000-8010:80 -p 127.0.0.1::81 --expose 80 --expose 90-91/udp box sleep 1000 | wc -c; X port pa | sed 's/[0-9]*$//'; X inspect -f '{{json .HostConfig.PortBindings}} {{.HostConfig.PublishAllPorts}}' pa; X rm -f pa",
  "X run -d --name pa -p '[::1]:8080:80' -p 0.0.0.0:8081:81 -p 0.0.0.0:8082:81 box sleep 1000 | wc -c; X port pa; X ps --format '{{.Ports}}'; X rm -f pa",
  "X run -d --name pa --network none -p 8080:80 box sleep 1000 | wc -c; X port pa; X ps --format '{{.Ports}}|{{.Networks}}'; X inspect -f '{{json .NetworkSettings.Ports}} {{json .HostConfig.PortBindings}}' pa",
  [
    "X rm -f pa; X create --network host -p 8080:80 --name pa box true | wc -c; X rm pa",
    "ublished ports are discarded when using host network mode",
  ],
  ["X run -p 1.2.3:80:80 box", "1.2.3"],
  ...["80:70000", "x:80", "80:80/foo", "80-82:80-81", "82-80:82-80", "", "8080:", "80:80:80:80"].map((port) => `X run -p '${port}' box`),
  ...["x", "80:80", "90-80"].map((port) => `X run --expose '${port}' box`),
  // One that has asked for everything.
  "X run -d --name ca --network one --ip 10.207.0.20 --network-alias al --network-alias al2 --hostname hh --domainname dd.example --dns 9.9.9.9 --dns-search s.example --dns-option ndots:2 --add-host x:1.2.3.4 --add-host y=1.2.3.5 box sleep 1000 | wc -c",
  "X exec ca sh -c 'hostname -f; cat /etc/hostname; grep ^1.2 /etc/hosts; grep ^10.207.0.20 /etc/hosts | cut -f2 | cut -d\" \" -f1,2; grep -v ^# /etc/resolv.conf | grep -v nameserver; ip route'",
  `X inspect -f '${JSON_OF(".HostConfig.ExtraHosts", ".HostConfig.Dns", ".HostConfig.DnsOptions", ".HostConfig.DnsSearch", ".HostConfig.NetworkMode")}' ca`,
  `X inspect -f '${JSON_OF(...["IPAMConfig", "IPAddress", "IPPrefixLen", "Gateway", "GlobalIPv6Address", "Links", "DriverOpts"].map((name) => `${MINE}.${name}`))} {{.NetworkSettings.IPAddress}}' ca`,
  "X network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}} {{.IPv6Address}}{{end}}' one",
  ["X network rm one", "has active endpoints"],
  ["X network connect two ca; X network connect two ca", "endpoint with name ca already exists in network two"],
  `X ps --format '{{.Networks}}' | ${SORTED}; X inspect -f '{{range $k,$v := .NetworkSettings.Networks}}{{$k}} {{$v.IPAddress}} {{end}}' ca`,
  ["X network connect nope ca", "network nope not found"],
  ["X network connect two nope; X network disconnect two nope", "No such container: nope"],
  ["X network disconnect two ca; X network disconnect two ca", "is not connected to"],
  "X network connect --ip 10.207.1.33 --alias zz two ca; X inspect -f '{{.NetworkSettings.Networks.two.IPAddress}} {{json .NetworkSettings.Networks.two.IPAMConfig}}' ca",
  ["X run --rm --network two --ip 10.207.1.33 box true", "lready in use"],
  ["X run --rm --network one --ip 10.209.1.33 box true", "10.209.1.33"],
  ["X run --rm --network nope box true", "network nope not found"],
  "X run --rm --network container:ca box hostname",
  "X run --rm --network name=one,ip=10.207.0.50,alias=q box ip -4 -o addr show eth0 | grep -o 'inet [0-9./]*'",
  "X run --rm --network one --link ca:lk box nslookup lk 2>&1 | grep -c 10.207.0.20",
  ["X run --rm --network container:nope box true", "No such container: nope"],
  ["X run --rm --network container:ca -p 80:80 box true", "conflicting options: port publishing and the container type network mode"],
  ["X run --rm --network container:ca --hostname foo box true", "conflicting options: hostname and the network mode"],
  ["X run --rm --network container:ca --dns 1.1.1.1 box true", "conflicting options: dns and the network mode"],
  ["X run --rm --network container:ca --expose 80 box true", "conflicting options: port exposing and the container type network mode"],
  [
    "X run --rm --network none --network one box true",
    "conflicting options: cannot attach both user-defined and non-user-defined network-modes",
  ],
  ["X run --rm --network-alias foo box true", "network-scoped aliases are only supported for user-defined networks"],
  ["X run --rm --network '' box true", "no name set for network"],
  ["X run --rm --network name=one,foo=bar box true", "invalid field key foo"],
  ["X run --rm --network one --ip foo box true", "invalid IPv4 address: foo"],
  "X run --rm --dns foo box true; X run --rm --add-host foo box true; X run --rm --add-host foo:bar box true; X run --rm --link nope box true",
  // From one to the other.
  "X run -d --name pa -p 8080:80 --network two box sleep 1000 | wc -c; X network disconnect two pa; X port pa; X network connect two pa; X port pa | grep -v ::; X rm -f pa",
  "X network disconnect one ca; X exec ca ip route | sed 's/eth.//'; X network disconnect two ca; X inspect -f '{{json .NetworkSettings.Networks}}' ca; X ps --format '{{.Networks}}|'; X rm -f ca",
  "X run -d --name na --network none box sleep 1000 | wc -c; X inspect -f '{{range $k,$v := .NetworkSettings.Networks}}{{$k}} {{$v.IPAddress}}{{end}}' na",
  ["X network connect one na", "cannot be connected to multiple networks with one of the networks in"],
  "X network disconnect none na; X network connect one na; X ps --format '{{.Networks}}'; X exec na ip -o -4 addr | grep -o 'inet [0-9./]*'; X rm -f na",
  [
    "X run -d --name na --network host box sleep 1000 | wc -c; X network disconnect host na",
    "container cannot be disconnected from host network or connected to host network",
  ],
  ["X network connect one na; X ps --format '{{.Networks}}'; X rm -f na", ""],
  "X create --name na --network one box true | wc -c; X network connect two na; X network disconnect one na; X inspect -f '{{range $k,$v := .NetworkSettings.Networks}}{{$k}}{{end}}' na; X start -a na; X rm na",
  "X network connect two; X network disconnect; X network rm -f nope; X network rm -f one two nope",
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
          ...["--pidfile", path("docker.pid"), "--cgroup-parent", `/${lab.roots.mark}`, "--storage-driver", "vfs"],
        ]);
        await eventually("dockerd answers", async () => (await lab.run(place, [...docker, "version"])).status === 0, 30_000);
        const env = { ...lab.env, TEU_NETWORK: "bridge" };
        const teu = `nsenter --net=${lab.namespace("host")} -- ${lab.program}`;
        const image = ["--input", await imageArchive(lab.roots)];
        for (const program of [docker, teu.split(" ")])
          for (const words of [
            ["load", ...image],
            ["tag", IMAGE, "box"],
          ])
            await runOk([...program, ...words], { env });
        const sides = [docker.join(" "), teu].map((program, at) => side(program, { cwd: path(`side-${at}`), env }));
        const [theirs, ours] = await Promise.all(sides.map((see) => inTurn([...ROWS, ...CONTAINERS], see)));
        expect(ours).toEqual(theirs ?? []);
        await lab.run(place, ["sh", "-c", `kill $(cat ${path("docker.pid")})`]);
        await eventually("dockerd has ended", async () => (await lab.run(place, ["test", "!", "-e", path("docker.pid")])).status === 0);
      },
      { leftovers: "sweep" },
    ),
  120_000,
);
