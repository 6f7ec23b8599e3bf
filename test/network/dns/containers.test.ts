// Names as containers see them, while they start, are renamed, connected, killed: asked by nslookup in a container.
import { expect } from "bun:test";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { eventually } from "../../support/run.ts";
import { labRequires, PEER, withLab } from "../lab/lab.ts";
import { serversOf } from "./name-lab.ts";

const { test } = labRequires();

test("names follow containers", async () => {
  await withLab(
    async (lab) => {
      const rootfs = await busyboxRootfs();
      const start = (name: string, ...flags: readonly string[]) =>
        lab.ok(["run", "-d", "--name", name, "--network", "app", ...flags, "--rootfs", rootfs, "sleep", "1000"]);
      const addressOf = async (name: string, network = "app") =>
        (await lab.ok(["inspect", "-f", `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name])).trim();
      /** IPv4 addresses that a name has for a container. */
      const ask = async (name: string) => {
        const { stdout } = await lab.teu(["exec", "asker", "nslookup", "-type=a", name]);
        return [...stdout.replace(/^Server:[\s\S]*?\n\n/, "").matchAll(/^Address: (\S+)$/gm)].map(([, address]) => address).toSorted();
      };
      await lab.ok(["network", "create", "app"]);
      await lab.ok(["network", "create", "side"]);
      await start("asker", "--dns-search", ".", "--dns", PEER.ipv4); // where nobody listens, which is soon known;
      await start("web", "--network-alias", "svc");
      expect(await ask("web")).toEqual([await addressOf("web")]);
      // Scaled, and one of them killed.
      await start("more", "--network-alias", "svc");
      expect(await ask("svc")).toEqual([await addressOf("web"), await addressOf("more")].toSorted());
      await lab.ok(["kill", "web"]);
      await eventually("the killed one has no name", async () => (await ask("svc")).length === 1);
      expect(await ask("web")).toEqual([]);
      await lab.ok(["start", "web"]);
      expect(await ask("web")).toEqual([await addressOf("web")]);
      // Renamed.
      await lab.ok(["rename", "web", "shop"]);
      expect(await ask("web")).toEqual([]);
      expect(await ask("shop")).toEqual([await addressOf("shop")]);
      // In another network: seen when it is connected to this one.
      await lab.ok(["run", "-d", "--name", "far", "--network", "side", "--rootfs", rootfs, "sleep", "1000"]);
      expect(await ask("far")).toEqual([]);
      await lab.ok(["network", "connect", "app", "far"]);
      expect(await ask("far")).toEqual([await addressOf("far")]);
      await lab.ok(["network", "disconnect", "app", "far"]);
      expect(await ask("far")).toEqual([]);
      // The server killed.
      process.kill(Number(serversOf(lab)[0]), "SIGKILL");
      await eventually("it is back", async () => (await ask("shop")).length === 1);
      await lab.ok(["rm", "-f", "asker", "shop", "more", "far"]);
      await eventually("it ends with the last container", () => serversOf(lab).length === 0);
    },
    { leftovers: "sweep" },
  );
}, 120_000);
