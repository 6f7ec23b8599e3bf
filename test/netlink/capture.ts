// What ip(8), bridge(8), tc(8) and nft(8) send to the kernel, seen by strace(1) in a network namespace that ends with it.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messagesIn } from "../../src/kernel/netlink/decode.ts";
import { run } from "../support/run.ts";
import type { Seen } from "./fields.ts";

/** A line of strace's dump of what was sent: ` | 00010  10 00 05 06 …`. */
const DUMP_LINE = /^ \| [0-9a-f]+ {2}([0-9a-f ]{49})/;

/**
 * The messages that a command sends, but for those with which it looks something up.
 * @param setup commands that come before it, unseen
 * @param asks whether a message is such a look-up
 */
export async function captured(
  command: string,
  { setup = [], asks }: { readonly setup?: readonly string[]; readonly asks: (message: Seen) => boolean },
): Promise<Seen[]> {
  const dir = mkdtempSync(join(tmpdir(), "teu-strace-"));
  const trace = join(dir, "trace");
  const strace = `strace -f -e trace=sendmsg,sendto -e write=all -o ${trace} -- ${command}`;
  try {
    // A kernel without a driver refuses the message, which was sent all the same.
    const { stderr } = await run(["unshare", "-n", "sh", "-ec", [...setup, `${strace} || true`].join("\n")]);
    if (!existsSync(trace)) throw new Error(`what comes before ${command} has failed: ${stderr}`);
    const seen = sentIn(readFileSync(trace, "utf8")).filter((message) => !asks(message));
    if (seen.length === 0) throw new Error(`${command} has sent nothing: ${stderr}`);
    return seen;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function sentIn(trace: string): Seen[] {
  const buffers: string[] = [""];
  for (const line of trace.split("\n")) {
    const [, hex] = DUMP_LINE.exec(line) ?? [];
    if (hex === undefined) buffers.push("");
    else buffers[buffers.length - 1] += hex.replaceAll(" ", "");
  }
  return buffers.flatMap((hex) => messagesIn(Uint8Array.fromHex(hex)));
}
