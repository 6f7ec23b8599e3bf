// Many questions at once: `bun client.ts SERVER COUNT AT-ONCE NAME…` asks for the names in turn and says how many got an answer, an error,
// nothing; `bun client.ts SERVER garbage SEED COUNT` sends messages that are damaged, and then says whether one good question is answered.
import { message } from "../../../src/network/dns/messages.fixture.ts";
import { rcodeOf } from "../../../src/network/dns/wire.ts";
import { mutate, Random } from "../../fuzz/mutate.ts";

const [, , server = "", ...rest] = process.argv;
const WAIT_MS = 10_000;
const waiting = new Map<number, (said: string) => void>();
const socket = await Bun.udpSocket({
  hostname: server.includes(":") ? "::" : "0.0.0.0",
  connect: { hostname: server, port: 53 },
  binaryType: "uint8array",
  socket: {
    data: (_socket, bytes) =>
      waiting.get(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0))?.(bytes.length < 12 ? "short" : `rcode ${rcodeOf(bytes)}`),
    error() {},
  },
});

async function ask(id: number, name: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  waiting.set(id, resolve);
  socket.send(message({ id, name }));
  const timer = setTimeout(resolve, WAIT_MS, "nothing");
  const said = await promise;
  clearTimeout(timer);
  waiting.delete(id);
  return said;
}

if (rest[0] === "garbage") {
  const random = new Random(Number(rest[1]));
  const seeds = [message({ name: "web" }), message({ name: "a.b.c", type: 28 })];
  for (let sent = 0; sent < Number(rest[2]); sent++) {
    socket.send(mutate(random, { seeds, corpus: [], words: [] }, 1400));
    if (sent % 50 === 49) await Bun.sleep(1);
  }
  await Bun.sleep(100);
  console.log(await ask(77, "web"));
} else {
  const [count = 0, atOnce = 1] = rest.slice(0, 2).map(Number);
  const names = rest.slice(2);
  const tally: Record<string, number> = {};
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const id = next++;
      const said = await ask(id, names[id % names.length] ?? "");
      tally[said] = (tally[said] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  console.log(JSON.stringify(tally));
}
process.exit();
