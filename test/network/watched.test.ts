// A program that the launcher watches: killed, it is back with the sockets that it had, and who has sent to them meanwhile is answered.
import { expect } from "bun:test";
import { existsSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endHolder, holdNamespaces } from "../../src/kernel/state/networks/hold-namespaces.ts";
import type { NamespaceHolder } from "../../src/kernel/state/networks/open-namespaces.ts";
import { isAlive, readProcess } from "../../src/kernel/state/process.ts";
import { startWatched } from "../../src/kernel/state/watched-program.ts";
import { SIGNALS } from "../../src/kernel/tables/signals.ts";
import { contextOf } from "../faults/plan-killed.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { eventually } from "../support/run.ts";

const { test } = requires("root", "python3", "nsenter");
const NETWORK = "/proc/self/ns/net";

/** Notes its pid, its parent's, its port and its namespace; answers when the file `open` is there. */
const SERVER = `
import os, socket, sys, time
root = sys.argv[1]
def inherited(fd):
    try: return socket.socket(fileno=fd)
    except OSError: return None
udp, tcp = inherited(500), inherited(501)
if udp is None:
    udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket()
    udp.bind(("127.0.0.1", 0)); tcp.bind(udp.getsockname()); tcp.listen()
    os.write(499, b"k"); os.read(499, 1)
with open(root + "/new", "w") as file: print(os.getpid(), os.getppid(), udp.getsockname()[1], os.readlink("${NETWORK}"), os.environ["A"], file=file)
os.rename(root + "/new", root + "/at")
while not os.path.exists(root + "/open"): time.sleep(.01)
if os.path.exists(root + "/end"): sys.exit(3)
message, sender = udp.recvfrom(99); udp.sendto(message.upper(), sender)
connection, _ = tcp.accept(); connection.sendall(connection.recv(99).upper()); connection.close()
time.sleep(600)
`;

/** Asks by both, with the server gone. */
const CLIENT = `
import os, signal, socket, sys
port, server, flag = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
os.kill(server, signal.SIGKILL)
udp, tcp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.create_connection(("127.0.0.1", port))
udp.settimeout(10); tcp.settimeout(10)
udp.connect(("127.0.0.1", port)); udp.send(b"udp"); tcp.sendall(b"tcp")
open(flag, "w").close()
print(udp.recv(99).decode(), tcp.recv(99).decode())
`;

for (const where of ["here", "in held namespaces"] as const) {
  test(`a program ${where} is back with its sockets when it is killed`, async () => {
    await withRoots(async (roots) => {
      const context = contextOf(roots);
      const all = [{ containerID: 0, hostID: 0, size: 1000 }];
      const holder: NamespaceHolder | undefined = where === "here" ? undefined : holdNamespaces(context, { uids: all, gids: all });
      const [at, flag] = [join(roots.directory, "at"), join(roots.directory, "open")];
      const noted = () => readFileSync(at, "utf8").trim().split(" ");
      try {
        await startWatched(context, {
          args: ["/usr/bin/python3", "-c", SERVER, roots.directory],
          env: ["A=b", "PATH=/usr/bin:/bin"],
          ...(holder === undefined ? {} : { within: holder }),
        });
        await eventually("it runs", () => existsSync(at));
        const [pid = "", watcher = "", port = "", network, word] = noted();
        expect([word, network]).toEqual(["b", readlinkSync(holder === undefined ? NETWORK : `/proc/${holder.pid}/ns/net`)]);
        const into = holder === undefined ? [] : ["nsenter", "-U", "--preserve-credentials", "-n", "-t", String(holder.pid), "--"];
        const up = holder === undefined ? [] : [...into, "sh", "-c", 'ip link set lo up; exec "$@"', "-"];
        const asking = Bun.spawn([...up, "python3", "-c", CLIENT, port, pid, flag]);
        expect((await new Response(asking.stdout).text()).trim()).toBe("UDP TCP");
        const [again, same] = noted();
        expect([again === pid, same]).toEqual([false, watcher]);
        const start = readProcess(Number(watcher))?.start ?? "";
        if (holder === undefined) {
          // Killed by any signal it is back; what has ended by itself is not.
          writeFileSync(join(roots.directory, "end"), "");
          process.kill(Number(again), SIGNALS.SIGTERM);
        } else {
          process.kill(Number(again), SIGNALS.SIGTERM); // as who takes the namespaces away does
        }
        await eventually("nobody watches any more", () => !isAlive(Number(watcher), start));
        if (holder !== undefined) expect(noted()[0]).toBe(String(again));
      } finally {
        if (holder !== undefined) endHolder(holder);
      }
    });
  });
}

test("a program that is not there is an error", async () => {
  await withRoots(async (roots) => {
    await expect(startWatched(contextOf(roots), { args: ["/nowhere/teu"], env: [] })).rejects.toThrow("ENOENT");
  });
});
