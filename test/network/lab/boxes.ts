// Containers of teu in the lab, whose network namespaces programs of the host are started in: traffic needs no image.
import { busyboxRootfs } from "../../support/rootfs.ts";
import { eventually } from "../../support/run.ts";
import type { Lab } from "./lab.ts";
import { type Answer, type Probe, traffic } from "./traffic.ts";

export interface Box {
  readonly name: string;
  readonly id: string;
  readonly pid: number;
  /** Its first address of a family; an error where it has none. */
  address(family: 4 | 6): Promise<string>;
  /** Runs a program of the host in its network namespace; its output. */
  in(argv: readonly string[]): Promise<string>;
  /** @param ports with a `+`, those whose server waits for the client's word */
  serve(...ports: readonly (number | `+${number}`)[]): Promise<void>;
  probe(probes: readonly Probe[]): Promise<readonly Answer[]>;
}

type Call = (args: readonly string[]) => Promise<string>;

/** `run -d FLAGS busybox sleep`, in a network that is not the default of tests. @param call `teu ARGS`, which must end with status 0 */
export async function startBox(lab: Lab, name: string, flags: readonly string[], call: Call = lab.ok): Promise<Box> {
  return (await startBoxes(lab, { [name]: flags }, call))[name] as Box;
}

/** Some at once; flags of containers, by their names. */
export async function startBoxes<Wanted extends Readonly<Record<string, readonly string[]>>>(
  lab: Lab,
  wanted: Wanted,
  call: Call = lab.ok,
): Promise<Record<keyof Wanted, Box>> {
  const run = ["--rootfs", await busyboxRootfs(), "sleep", "1000"];
  const names = Object.keys(wanted);
  const started = names.map((name) => call(["run", "-d", "--name", lab.roots.id(name), ...(wanted[name] ?? []), ...run]));
  const ids = (await Promise.all(started)).map((id) => id.trim());
  const pids = (await call(["inspect", "--format", "{{.State.Pid}}", ...ids])).trim().split("\n").map(Number);
  const boxes = names.map((name, index) => [name, boxOf(lab, name, { id: ids[index] ?? "", pid: pids[index] ?? 0 })]);
  return Object.fromEntries(boxes) as Record<keyof Wanted, Box>;
}

function boxOf(lab: Lab, name: string, { id, pid }: Pick<Box, "id" | "pid">): Box {
  const enter = ["nsenter", `--net=/proc/${pid}/ns/net`, "--"];
  const inside = (argv: readonly string[]) => lab.in("host", [...enter, ...argv]);
  return {
    name: lab.roots.id(name),
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
      const server = lab.start("host", [...enter, ...traffic("serve", ...ports.map(String))]);
      await eventually(`a server in ${name}`, () => server.stdout().includes("ready"));
    },
    probe: async (probes) => JSON.parse(await inside(traffic("probe", JSON.stringify(probes)))) as Answer[],
  };
}
