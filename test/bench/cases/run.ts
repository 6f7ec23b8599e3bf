// `run` of /bin/true from create to delete: once, with a seccomp profile, a hundred times in a row, and as an ordinary user.
import { type Bench, type Case, deleteEverywhere, runtimes } from "../bench.ts";
import type { Contest } from "../contest.ts";

const AGAINST = ["crun", "runc"];
const SERIES = 100;
const RUN = "bench-run";

function asRoot(bench: Bench, what: { title: string; bundle: string; rounds: number; repeat?: number }): Contest {
  const { repeat = 1 } = what;
  const contenders = runtimes(bench).map(({ name, program, command, via }) => ({
    name,
    missing: program.missing,
    sample: async () => {
      const words = [...command, "run", "--bundle", what.bundle, RUN];
      return (await bench.timer(words, { via, repeat })).milliseconds;
    },
  }));
  return { title: what.title, unit: "ms", rounds: bench.rounds(what.rounds), contenders, against: AGAINST };
}

function withoutRoot(bench: Bench): Contest {
  const { tester } = bench;
  const contenders = runtimes(bench).map(({ name, program, via }) => ({
    name,
    missing: program.missing ?? (tester === undefined ? "no user `tester` on this machine" : undefined),
    sample: async () => {
      const state = `${bench.directory}/tester/${name.replaceAll(" ", "-")}`;
      const words = [program.path, "--root", state, "run", "--bundle", bench.bundles.rootless, "bench-rootless"];
      const place = { via: [...via, ...(tester?.via ?? [])], env: tester?.env ?? {} };
      return (await bench.timer(words, place)).milliseconds;
    },
  }));
  return { title: "run /bin/true as an ordinary user", unit: "ms", rounds: bench.rounds(30), contenders, against: AGAINST };
}

/** The contests of `run`. */
export function runCase(bench: Bench): Case {
  const { plain, seccomp } = bench.bundles;
  return {
    contests: [
      asRoot(bench, { title: "run /bin/true (default configuration)", bundle: plain, rounds: 60 }),
      asRoot(bench, { title: "run /bin/true (with the default seccomp profile)", bundle: seccomp, rounds: 60 }),
      asRoot(bench, { title: `${SERIES} × run /bin/true, one after another (total)`, bundle: plain, rounds: 3, repeat: SERIES }),
      withoutRoot(bench),
    ],
    [Symbol.asyncDispose]: () => deleteEverywhere(bench, RUN),
  };
}
