// dockerd beside teu: the same command lines, one after the other, on both. What scripts see of them has to be the same: standard output,
// the exit status, and of the sentences on standard error those words that people search for.
import { afterAll, beforeAll, expect } from "bun:test";
import { runtimePath } from "../conformance/runtimes.ts";
import { requires } from "../support/requires.ts";
import { type OpenRoots, openRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { reachable, rootsEnvironment } from "../support/teu.ts";
import { startDocker } from "./docker.ts";
import { IMAGE } from "./image.ts";
import type { Peer } from "./peer.ts";
import { inTurn, type Row, type Seen, side } from "./side-by-side.ts";

const LOOP = `sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.1; done'`;
const UP = "until X logs $C | grep -q up; do sleep 0.05; done";

/** Ends at once when its like is asked to end, too. */
const TOGETHER = `sh -c 'trap "touch /v/\\$HOSTNAME; until [ \\$(ls /v | wc -l) = 2 ]; do sleep 0.1; done; exit 0" TERM; echo up; while :; do sleep 0.1; done'`;

const TABLE: Readonly<Record<string, readonly Row[]>> = {
  "names and states": [
    "X run --name na box echo hi",
    ["X run --name na box echo hi", 'he container name "/na" is already in use by container'],
    "X create --name nb box sleep 100",
    ["X run --name 'b@d' box", "nvalid container name (b@d), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"],
    "X run --rm --name '' box echo nameless",
    ["X start nb nope", "No such container: nope"],
    "X ps --format '{{.Names}} {{.Image}} {{.Command}} {{.State}}'",
    "X ps -a --format '{{.Names}}|{{.State}}|{{.LocalVolumes}}'",
    "X ps -aq --format '{{.Names}}' --filter name=nb",
    "X ps -a --filter name=nothere",
    "X version --format '{{.Client.Os}} {{.Server.Arch}}'",
    ["X ps -a --filter nonsense=1", "nvalid filter 'nonsense'"],
    "X wait na",
    ["X wait na nope", "No such container: nope"],
    "X start -a na",
    "X pause nb; X ps --filter status=paused --format '{{.Names}}'",
    ["X pause nb", "is already paused"],
    ["X exec nb true", "is paused, unpause the container before exec"],
    "X kill nb; X inspect --format '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}' nb",
    ["X kill nb", "is not running"],
    ["X unpause nope nb", "No such container: nope"],
    ["X kill --signal FOO nb", "FOO"],
    ["X start nb; X rm nb", "remove"],
    "X stop --timeout 0 nb; X stop nb",
    ["X stop na nope nb", "No such container: nope"],
    "X rename na nc; X rename nc na",
    ["X rename na nb", "is already in use"],
    ["X create --name nb box", "is already in use"],
    "X create --pull never nosuchimage",
    "X create --memory much box",
    ["X rm nope na", "No such container: nope"],
    "X rm -f nb nope",
    "X container prune -f --filter label=nope",
  ],
  "starts that fail, and wrong calls": [
    "X run",
    "X kill",
    "X rename one",
    "X ps extra",
    "X nosuchcommand",
    "X container nosuchcommand",
    "X run --nosuchflag box",
    "X run --rm -it box true",
    "X run --rm box nosuch",
    "X run --rm box /etc",
    "X run -d --name fa box nosuch | wc -c; X ps -a --filter name=fa --format '{{.Status}}'; X rm fa",
    "X run --cidfile cid box nosuch; wc -c <cid; X rm $(cat cid) | wc -c",
    "X run --rm -w relative box true",
    "X run --rm -u nobodyhere box true",
    "X run --rm --restart always box true",
    "X run --restart sometimes box true",
    "X run --memory 1m box true",
    "X run --memory 64m --memory-swap 32m box true",
    "X run --cpus 1000 box true",
    "X run -e =x box true",
    "X run -v /tmp:/x:ro,rw box true",
    "X run --mount type=bind,src=/nosuch,dst=/x box true",
    "X run --rm --security-opt apparmor=unconfined box echo unconfined",
    "X run --rm --net none --dns-opt ndots:3 box grep -c ndots:3 /etc/resolv.conf",
    "X run --platform linux/s390x --pull never box true",
  ],
  "programs and their streams": [
    "X run -d --name pa box sleep 1000 | wc -c",
    "X exec pa sh -c 'echo out; echo err >&2; exit 3'",
    "X exec pa sh -c 'kill -9 $$'",
    "echo in | X exec -i pa cat",
    "echo in | X exec pa cat",
    "X exec pa yes | head -n 2",
    "X exec -t pa tty",
    "X exec -u 1000:5 -w /tmp -e A=1 pa sh -c 'id -u; id -g; pwd; echo $A'",
    "X exec -w relative pa true >/dev/null",
    ["X exec nope true", "No such container: nope"],
    "echo 'echo hi; exit 4' | X run -i --rm box sh",
    "echo in | X run --rm box cat",
    "X run --rm -a stderr box sh -c 'echo out; echo err >&2'",
    "X run --rm --entrypoint echo box a b",
    "X create -i --name pb box cat; echo foo | X start -i pb; X logs pb",
    "X run -d --name pc box sh -c 'sleep 1; echo done; exit 5' | wc -c; X start -a pc; X start -ai pc </dev/null",
    "X logs --tail 1 pc; X logs -n 0 pc",
    ["X logs nope", "No such container: nope"],
    "X rm -f pa pb pc",
  ],
  "restarts and signals": [
    `C=ra; X run -d --name ra --restart always box ${LOOP} | wc -c; ${UP}; X kill -s TERM ra; X wait ra; X inspect -f '{{.State.Status}} {{.RestartCount}}' ra`,
    `C=rb; X run -d --name rb --stop-signal TERM box ${LOOP} | wc -c; ${UP}; X pause rb; X kill -s TERM rb; X wait rb`,
    `C=rc; X run -d --name rc box ${LOOP} | wc -c; ${UP}; X stop ra rb rc; X inspect -f '{{.State.ExitCode}}' rc`,
    "X restart -t 0 rc; X ps --filter name=rc --format '{{.State}}'",
    `for C in sx sy; do X run -d --name $C -v vt:/v box ${TOGETHER}; ${UP}; done | wc -l; X stop -t 3 sx sy; X inspect -f '{{.State.ExitCode}}' sx sy`,
    "X rm sx sy; X volume rm vt",
    "X events --since 1m --until 0s --filter container=rb --filter type=container --format '{{.Action}}'",
    "X update --cpu-shares 512 rc; X inspect -f '{{.HostConfig.CpuShares}}' rc",
    ["X update --restart always rc nope", "No such container: nope"],
    "X rm -f ra rb rc",
  ],
  "what inspect tells": [
    "X create --name ia -m 64m --cpus 0.5 -l a=b --mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700 box | wc -c",
    "X inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{range .HostConfig.Mounts}}{{.TmpfsOptions.SizeBytes}} {{.TmpfsOptions.Mode}}{{end}}' ia",
    "X inspect -f '{{.HostConfig.Binds}} {{.Config.Entrypoint}} {{.ExecIDs}} {{.Config.Volumes}} {{.HostConfig.CapAdd}} {{json .HostConfig.Binds}}' ia",
    "X inspect -f '{{.State.Health}} {{json .State.Health}} {{.HostConfig.Init}} {{.HostConfig.PidsLimit}} {{.SizeRw}} {{.Config.Healthcheck}}' ia",
    ["X inspect -f '{{.State.Health.Status}}' ia | tr -d '\\n'", "template parsing error"],
    ["X inspect -f '{{.Nosuch}}' ia | tr -d '\\n'", 'map has no entry for key "Nosuch"'],
    "X inspect -f '{{json .State}}' ia",
    "X inspect -f '{{json .Config.Labels}} {{len .Config.ExposedPorts}} {{range .Mounts}}{{.Type}} {{.Driver}}{{.Name}} {{.RW}}{{end}}' ia",
    ["X inspect -f '{{.Name}}' ia nope", "No such object: nope"],
    ["X inspect nope", "No such object: nope"],
    "X inspect -f json nope; X inspect -f json ia nope | wc -l; X inspect -f json ia | head -c 7",
    "X update -m 100m ia; X inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' ia",
    "X update -m 300m ia",
    "X rm ia",
  ],
  copies: [
    "X run -d --name ca box sh -c 'mkdir /data; echo x >/data/new; sleep 1000' | wc -c; until X exec ca test -s /data/new; do :; done",
    "mkdir -p s/sub; echo 1 >s/f; chown 7:8 s/f; chmod 640 s/f; chown 9:9 s/sub; X cp s ca:/data/; X exec ca stat -c '%n %u:%g %a' /data/s /data/s/f /data/s/sub",
    "X cp s/f ca:/data/s; X cp s/. ca:/data/all; X exec ca ls /data/s /data/all",
    "tar c -C s f | X cp - ca:/data; X exec ca stat -c '%u:%g' /data/f",
    "X cp ca:/data/new - | tar t; X cp ca:/data/s - | tar t | sort",
    "X cp ca:/data/new .; cat new; X cp ca:/data/f owned; stat -c '%u:%g %a' owned",
    ["X cp ca:/nosuch .", "ould not find the file /nosuch in container ca"],
    ["X cp s/f ca:/nosuch/x", "ould not find the file /nosuch in container ca"],
    ["X cp s ca:/data/new", "cannot copy directory"],
    ["X cp s/f s/g", "must specify at least one container source"],
    "X cp s/f ca:",
    "X cp ca: here",
    ["X cp s/f nope:/tmp", "No such container: nope"],
    "X diff ca | sort",
    "X commit -m words -c 'ENV A=1' ca made:1 | wc -c; X image inspect -f '{{.Config.Cmd}} {{.Config.Env}} {{.Comment}} {{.Config.Entrypoint}} {{json .Config.Volumes}}' made:1",
    "X rm -f ca",
  ],
  volumes: [
    "X volume create va; X volume create va; X volume create --label a=b vb",
    "X volume ls -q; X volume ls -f label=a=b --format '{{.Name}} {{.Driver}} {{.Labels}}'",
    ["X volume create x", "volume name is too short"],
    ["X volume inspect nope", "no such volume"],
    "X run -d --name vc -v va:/data -v /tmp:/h:ro box sleep 1000 | wc -c; X inspect -f '{{range .HostConfig.Binds}}{{println .}}{{end}}' vc | sort",
    ["X volume rm va", "volume is in use"],
    "X ps -q --filter volume=va | wc -l; X ps -q --filter volume=/data | wc -l",
    "X rm -f vc; X volume rm va vb",
  ],
};

const { describe, test } = requires("root", "busybox", "dockerd", "docker", "containerd", "ctr", "runc");

describe("docker and teu", () => {
  let roots: OpenRoots;
  let peer: Peer;
  let sides: readonly ((line: string) => Promise<Seen>)[];

  beforeAll(async () => {
    roots = openRoots({ leftovers: "sweep" });
    peer = await startDocker(roots, runtimePath("runc"));
    const docker = `docker --host unix://${roots.path("docker.sock")}`;
    const teu = await reachable("teu");
    const env = rootsEnvironment(roots);
    await runOk([teu, "load", "--input", roots.path("image.tar")], { env });
    for (const program of [docker.split(" "), [teu]]) await runOk([...program, "tag", IMAGE, "box"], { env });
    sides = [docker, teu].map((program, at) => side(program, { cwd: roots.path(`side-${at}`), env }));
  }, 120_000);
  afterAll(async () => {
    await peer?.stop();
    await roots?.close();
  }, 60_000);

  for (const [name, rows] of Object.entries(TABLE)) {
    test(`agree about ${name}`, async () => {
      const [docker, teu] = await Promise.all(sides.map((see) => inTurn(rows, see)));
      expect(teu).toEqual(docker ?? []);
    }, 60_000);
  }
});
