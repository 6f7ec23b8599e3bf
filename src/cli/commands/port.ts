// `teu port`: which ports of the host lead to a container.

import { TeuError } from "../../base/errors.ts";
import { findContainer } from "../../engine/containers/find.ts";
import { publishedPorts } from "../../engine/containers/show/port.ts";
import { bracketed } from "../../network/address/address.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "port",
  summary: "Show the ports of the host that lead to a container",
  usage: "CONTAINER [PORT[/PROTOCOL]]",
  flags: {},
  args: { min: 1, max: 2, completes: "containers" },
  failed: 1,
  run({ args: [name = "", wanted], context }) {
    const engine = engineOf(context);
    const row = findContainer(engine, name);
    const ports = publishedPorts(engine, row).map(({ target, protocol, address, port }) => ({
      inside: `${target}/${protocol}`,
      outside: `${bracketed(address)}:${port}`,
    }));
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
