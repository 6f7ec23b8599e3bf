// Containers of teu in the lab, whose network namespaces programs of the host are started in: traffic needs no image.
import { join } from "node:path";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { eventually } from "../../support/run.ts";
import type { Lab } from "./lab.ts";
import type { Answer, Probe } from "./traffic.ts";

const PROGRAM = join(import.meta.dir, "traffic.py");

export interface Box {
  readonly name: string;
  readonly id: string;
  readonly pid: number;
  /** Its first address of a family; an error where it has none. */
  address(family: 4 | 6): Promise<string>;
  /** Runs a program of the host in its network namespace; its output. */
  in(argv: readonly string[]): Promise<string>;
  serve(...ports: readonly number[]): Promise<void>;
  probe(probes: readonly Probe[]): Promise<readonly Answer[]>;
}

/** `run -d FLAGS busybox sleep`, in a network that is not the default of tests. @param call `teu ARGS`, which must end with status 0 */
export async function startBox(
  lab: Lab,
  name: string,
  flags: readonly string[],
  call: (args: readonly string[]) => Promise<string> = lab.ok,
): Promise<Box> {
  const whole = lab.roots.id(name);
  const id = (await call(["run", "-d", "--name", whole, ...flags, "--rootfs", await busyboxRootfs(), "sleep", "1000"])).trim();
  const pid = Number((await call(["inspect", "--format", "{{.State.Pid}}", whole])).trim());
  const enter = ["nsenter", `--net=/proc/${pid}/ns/net`, "--"];
  const inside = (argv: readonly string[]) => lab.in("host", [...enter, ...argv]);
  return {
    name: whole,
    id,
    pid,
    in: inside,
    async address(family) {
      const text = await inside(["ip", `-${family}`, "-o", "address", "show", "scope", "global"]);
      const [, address] = / inet6? ([\da-f.:]+)\//.exec(text) ?? [];
      if (address === undefined) throw new Error(`${name} has no IPv${family} address: ${text}`);
      return address;
    },
    async serve(...ports) {
      const server = lab.start("host", [...enter, "python3", PROGRAM, "serve", ...ports.map(String)]);
      await eventually(`a server in ${name}`, () => server.stdout().includes("ready"));
    },
    probe: async (probes) => JSON.parse(await inside(["python3", PROGRAM, "probe", JSON.stringify(probes)])) as Answer[],
  };
}
