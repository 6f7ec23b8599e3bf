// The whole engine: `run --rm` of /bin/true on a directory, without a network.
import { type Bench, type Case, nothingToEnd, teuPlaces } from "../bench.ts";
import type { Contender } from "../contest.ts";
import { podmanCommand } from "../podman.ts";

const AGAINST = ["podman (crun)", "docker"];

/** The contest of engines. @param docker the contender of cases/docker.ts, when asked for. */
export function engineCase(bench: Bench, docker: Contender): Case {
  const { teu, podman } = bench.programs;
  const contenders: Contender[] = [
    {
      name: "teu",
      missing: teu.missing,
      sample: async () => {
        const command = [teu.path, "run", "--rm", "--rootfs", bench.bundles.rootfs, "/bin/true"];
        return (await bench.timer(command, { via: bench.room, env: teuPlaces(bench) })).milliseconds;
      },
    },
    ...(["crun", "runc"] as const).map((runtime) => ({
      name: `podman (${runtime})`,
      missing: podman.missing ?? bench.programs[runtime].missing,
      sample: async () => {
        const command = podmanCommand(bench, { runtime, verb: ["run", "--rm"], args: ["/bin/true"] });
        return (await bench.timer(command, { via: bench.room })).milliseconds;
      },
    })),
    docker,
  ];
  return {
    contests: [{ title: "run --rm of the whole engine, no network", unit: "ms", rounds: bench.rounds(20), contenders, against: AGAINST }],
    [Symbol.asyncDispose]: nothingToEnd,
  };
}
