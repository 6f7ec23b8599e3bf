// Names as containers see them, while they start, scale, are renamed, connected, killed: asked in a container, as root and as an ordinary user.
// The host's resolver is on its loopback, as systemd-resolved's is.
import { expect } from "bun:test";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { busyboxRootfs } from "../../support/rootfs.ts";
import { eventually } from "../../support/run.ts";
import { type Account, commandAs, tester } from "../../support/user.ts";
import { type Lab, labRequires, withLab } from "../lab/lab.ts";
import { serversOf } from "./name-lab.ts";

const { test } = labRequires("tester", "userns", "subids", "newuidmap", "slirp4netns", "dig");
const RESOLVER = "127.0.0.1";

/** `run` with a resolv.conf of the test's: whatever that starts sees it, too. */
async function first(lab: Lab, account: Account | undefined, args: readonly string[]): Promise<void> {
  const file = join(lab.roots.directory, "resolv.conf");
  writeFileSync(file, `nameserver ${RESOLVER}\n`, { mode: 0o644 });
  const argv = ["env", "-u", "TEU_NETWORK", lab.program, ...args];
  const bind = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file];
  await lab.in("host", [...bind, ...(account === undefined ? argv : commandAs(account, argv))], { env: lab.env });
}

for (const account of [undefined, tester]) {
  test(`names follow containers, as ${account === undefined ? "root" : "an ordinary user"}`, async () => {
    chmodSync("/dev/net/tun", 0o666); // as udev makes it
    const who = account?.();
    await withLab(
      async (lab) => {
        const rootfs = await busyboxRootfs();
        const box = (name: string, ...flags: readonly string[]) => [
          "run",
          "-d",
          "--name",
          name,
          ...flags,
          "--rootfs",
          rootfs,
          "sleep",
          "1000",
        ];
        const start = (name: string, ...flags: readonly string[]) => lab.ok(box(name, "--network", "app", ...flags));
        const addressOf = async (name: string, network = "app") =>
          (await lab.ok(["inspect", "-f", `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name])).trim();
        /** IPv4 addresses that a name has for a container. */
        const lookUp = async (name: string) => {
          const { stdout } = await lab.teu(["exec", "asker", "nslookup", "-type=a", name]);
          return [...stdout.replace(/^Server:[\s\S]*?\n\n/, "").matchAll(/^Address: (\S+)$/gm)].map(([, address]) => address);
        };
        const ask = async (name: string) => (await lookUp(name)).toSorted();
        const upstream = lab.start("host", [
          process.execPath,
          join(import.meta.dir, "upstream.ts"),
          join(lab.roots.directory, "asked"),
          RESOLVER,
        ]);
        await eventually("the host's resolver listens", () => upstream.stdout().includes("ready"));
        for (const name of ["app", "side"]) await lab.ok(["network", "create", name]);
        await first(lab, who, box("asker", "--network", "app", "--dns-search", "."));
        expect(await ask("host.example")).toEqual(["192.0.2.0"]);
        await start("web", "--network-alias", "svc");
        const web = await addressOf("web");
        expect(await ask("web")).toEqual([web]);
        // Scaled, in rotation, and one of them killed: its name is gone when the command has ended.
        await start("more", "--network-alias", "svc", "--link", "web:db");
        expect(await ask("svc")).toEqual([web, await addressOf("more")].toSorted());
        const begun = new Set<string | undefined>();
        await eventually("each comes first", async () => begun.add((await lookUp("svc"))[0]).size === 2);
        expect(await lab.ok(["exec", "more", "nslookup", "-type=a", "db"])).toContain(web);
        expect(await ask("db")).toEqual([]);
        await lab.ok(["kill", "web"]);
        await eventually("the killed one has no name", async () => (await ask("svc")).length === 1);
        expect(await ask("web")).toEqual([]);
        // Its address is another's, so that it comes back with a new one.
        await start("late", "--ip", web);
        await lab.ok(["start", "web"]);
        const again = await addressOf("web");
        expect(again).not.toBe(web);
        expect(await ask("web")).toEqual([again]);
        expect(await lab.ok(["exec", "more", "nslookup", "-type=a", "db"])).toContain(again);
        await lab.ok(["stop", "-t", "0", "late"]);
        expect(await ask("late")).toEqual([]);
        // Renamed.
        await lab.ok(["rename", "web", "shop"]);
        expect(await ask("web")).toEqual([]);
        expect(await ask("shop")).toEqual([again]);
        expect(await ask("svc")).toHaveLength(2);
        // In another network: seen when it is connected to this one, by the address that it has there.
        await lab.ok(box("far", "--network", "side"));
        expect(await ask("far")).toEqual([]);
        await lab.ok(["network", "connect", "--alias", "off", "app", "far"]);
        for (const name of ["far", "off", "far.app"]) expect(await ask(name)).toEqual([await addressOf("far")]);
        await lab.ok(["network", "connect", "side", "asker"]);
        expect(await ask("far")).toEqual([await addressOf("far"), await addressOf("far", "side")].toSorted());
        expect(await ask("far.side")).toEqual([await addressOf("far", "side")]);
        await lab.ok(["network", "disconnect", "app", "far"]);
        expect(await ask("far")).toEqual([await addressOf("far", "side")]);
        expect(await ask("off")).toEqual([]);
        // The server killed: who asks just then, and only once, is answered.
        const pid = (await lab.ok(["inspect", "-f", "{{.State.Pid}}", "asker"])).trim();
        const gateway = (await lab.ok(["inspect", "-f", '{{(index .NetworkSettings.Networks "app").Gateway}}', "asker"])).trim();
        const dig = ["dig", "+short", "+tries=1", "+time=4", `@${gateway}`, "shop"];
        for (const how of ["+notcp", "+tcp"]) {
          const [server = ""] = serversOf(lab);
          const killed = ["sh", "-c", 'kill -9 "$0" && exec "$@"', server, "nsenter", `--net=/proc/${pid}/ns/net`, "--", ...dig, how];
          expect((await lab.in("host", killed)).trim()).toBe(again);
          expect(serversOf(lab)).not.toContain(server);
        }
        await lab.ok(["rm", "-f", "asker", "shop", "more", "far", "late"]);
        await lab.ok(["ps"]); // calls it, which looks at once
        await eventually("it ends with the last container", () => serversOf(lab).length === 0);
        const record = join(lab.roots.runRoot, "rootless/network.json");
        await eventually("the user's networks are gone", () => !existsSync(record));
      },
      { leftovers: "sweep", ...(who === undefined ? {} : { account: who }) },
    );
  }, 60_000);
}
