// `teu port`: which ports of the host lead to a container.
import { SHORT_ID } from "../../base/container-id.ts";
import { TeuError } from "../../base/errors.ts";
import { findContainer } from "../../engine/containers/find.ts";
import { publishedPorts } from "../../engine/containers/show/port.ts";
import { listViews } from "../../engine/containers/view.ts";
import { bracketed } from "../../network/address/address.ts";
import type { PublishedPort } from "../../network/model/port.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "port",
  summary: "Show the ports of the host that lead to a container",
  usage: "[flags] CONTAINER [PORT[/PROTOCOL]]",
  flags: { all: { type: "boolean", short: "a", summary: "Of all containers that run" } },
  args: { min: 0, max: 2, completes: "containers" },
  failed: 1,
  run({ flags, args: [name, wanted], context }) {
    const engine = engineOf(context);
    if (flags.all === true) {
      if (name !== undefined) throw new UsageError("--all goes with no container");
      for (const { row, ports } of listViews(engine))
        for (const { inside, outside } of ports.map(texts)) context.out(`${row.id.slice(0, SHORT_ID)}\t${inside} -> ${outside}\n`);
      return 0;
    }
    if (name === undefined) throw new UsageError("port takes a container, or --all; see teu port --help");
    const ports = publishedPorts(engine, findContainer(engine, name)).map(texts);
    if (wanted === undefined) {
      context.out(ports.map(({ inside, outside }) => `${inside} -> ${outside}\n`).join(""));
      return 0;
    }
    const [number = "", protocol = "tcp", ...more] = wanted.split("/");
    if (!/^\d{1,5}$/.test(number) || more.length > 0) throw new UsageError(`${JSON.stringify(wanted)} is not PORT or PORT/PROTOCOL`);
    const found = ports.filter(({ inside }) => inside === `${number}/${protocol}`);
    if (found.length === 0) throw new TeuError("not-found", `no public port '${number}/${protocol}' published for ${name}`);
    context.out(found.map(({ outside }) => `${outside}\n`).join(""));
    return 0;
  },
});

const texts = ({ target, protocol, address, port }: PublishedPort) => ({
  inside: `${target}/${protocol}`,
  outside: `${bracketed(address)}:${port}`,
});
