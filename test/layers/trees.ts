// Trees as sorted lines, so that a directory, the entries that a reader tells and a directory that another program unpacked compare as texts.
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ByteString } from "../../src/base/byte-string.ts";
import type { EntryType, TreeEntry, TreeSink } from "../../src/spec/tree-entry.ts";
import { runOk } from "../support/run.ts";

/**
 * One of everything that tars say differently: long names and targets, names that are no UTF-8, holes, links, a FIFO, devices, attributes,
 * owners, a time before the epoch, times between seconds.
 */
export async function makeTree(into: string): Promise<void> {
  const script = `cd "$1"; umask 022
    mkdir -p d/empty "$(printf 'deep/%.0s' $(seq 30))" "$(printf 'n%.0s' $(seq 200))"
    echo hello >d/file; ln d/file d/hard; ln -s ../file d/soft; ln -s "$(printf 't/%.0s' $(seq 80))" d/far
    echo long >"$(printf 'deep/%.0s' $(seq 30))$(printf 'f%.0s' $(seq 120))"
    echo bytes >"$(printf 'b\\377\\376x')"; echo utf >"$(printf 'snow\\342\\230\\203')"; ln -s "$(printf '\\377')" d/bytes
    : >empty; head -c 70000 /dev/urandom >large
    truncate -s 3M holes; printf data | dd of=holes bs=1 seek=1500000 conv=notrunc status=none; printf x | dd of=holes bs=1 seek=5 conv=notrunc status=none
    truncate -s 2M hollow
    mkfifo fifo; mknod null c 1 3; mknod loop b 7 9
    chmod 4755 empty; chmod 1777 d/empty; chown 1234:2097153 large; chown 3000000:5 fifo
    setfattr -n user.note -v value d/file; setfattr -n user.bin -v 0x00ff0a3d d/file
    find . -exec touch -h -d '2020-02-02 02:02:02.123456789 UTC' {} +
    touch -d '1969-12-31 23:59:58 UTC' large`;
  await runOk(["bash", "-euc", script, "sh", into]);
}

export interface LineOptions {
  /** Of times, whole seconds only: what formats before PAX can say. */
  readonly seconds?: true;
}

/** The walk of a directory. */
export function treeLines(root: string, { seconds }: LineOptions = {}): readonly string[] {
  const lines: string[] = [];
  const visit = (path: Buffer, name: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const mtime = seconds ? `${stat.mtimeNs / 1_000_000_000n}` : `${stat.mtimeNs}`;
    const common = `${Number(stat.mode & 0o7777n).toString(8)} ${stat.uid}:${stat.gid} ${mtime}`;
    const major = ((stat.rdev >> 8n) & 0xfffn) | ((stat.rdev >> 32n) & ~0xfffn);
    const device = `${major}:${(stat.rdev & 0xffn) | ((stat.rdev >> 12n) & ~0xffn)}`;
    if (stat.isDirectory()) {
      if (name !== "") lines.push(`${name} directory ${common}`);
      for (const base of readdirSync(path, { encoding: "buffer" })) {
        visit(Buffer.concat([path, Buffer.from("/"), base]), `${name === "" ? "" : `${name}/`}${base.toString("latin1")}`);
      }
    } else if (stat.isFile()) lines.push(`${name} file ${common} ${stat.size} ${sha(readFileSync(path))}`);
    // Few programs keep a link's mode, and Linux has none.
    else if (stat.isSymbolicLink())
      lines.push(`${name} symlink ${stat.uid}:${stat.gid} ${mtime} ${readlinkSync(path, { encoding: "buffer" }).toString("latin1")}`);
    else if (stat.isFIFO()) lines.push(`${name} fifo ${common}`);
    else lines.push(`${name} ${stat.isCharacterDevice() ? "char" : "block"} ${common} ${device}`);
  };
  visit(Buffer.from(root), "");
  return lines.toSorted();
}

const sha = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

/** What a reader tells, as the lines that the tree would have. */
export class LineSink implements TreeSink {
  readonly #options: LineOptions;
  readonly #entries = new Map<string, { readonly entry: TreeEntry; readonly data: Buffer[] }>();
  #last: Buffer[] = [];
  /** Where the attributes of each name are. */
  readonly xattrs = new Map<string, Readonly<Record<string, string>>>();

  constructor(options: LineOptions = {}) {
    this.#options = options;
  }

  entry(entry: TreeEntry): undefined {
    this.#last = [];
    this.#entries.set(entry.path, { entry, data: this.#last });
    const pairs = entry.xattrs?.map(({ name, value }) => [name, Buffer.from(value).toString("hex")]);
    if (pairs !== undefined) this.xattrs.set(entry.path, Object.fromEntries(pairs));
  }

  data(chunk: Uint8Array): undefined {
    this.#last.push(Buffer.from(chunk));
  }

  whiteout(path: ByteString): undefined {
    this.#entries.delete(path);
  }

  opaque(): undefined {}

  lines(): readonly string[] {
    return [...this.#entries.keys()]
      .filter((name) => name !== "")
      .map((name) => this.#line(name))
      .toSorted();
  }

  #line(name: string): string {
    const linked = this.#entries.get(name)?.entry.type === "hardlink" ? (this.#entries.get(name)?.entry.target ?? "") : name;
    const { entry, data } = this.#entries.get(linked) ?? { entry: undefined, data: [] };
    if (entry === undefined) return `${name} is a hard link to ${linked}, which is not there`;
    const nanoseconds = BigInt(entry.mtime.seconds) * 1_000_000_000n + BigInt(entry.mtime.nanoseconds);
    const mtime = this.#options.seconds ? `${nanoseconds / 1_000_000_000n}` : `${nanoseconds}`;
    const common = `${entry.mode.toString(8)} ${entry.uid}:${entry.gid} ${mtime}`;
    const more: Readonly<Record<EntryType, string>> = {
      directory: common,
      fifo: common,
      symlink: `${entry.uid}:${entry.gid} ${mtime} ${entry.target}`,
      char: `${common} ${entry.device?.major}:${entry.device?.minor}`,
      block: `${common} ${entry.device?.major}:${entry.device?.minor}`,
      file: `${common} ${entry.size} ${sha(expand(entry, data))}`,
      hardlink: "",
    };
    return `${name} ${entry.type} ${more[entry.type]}`;
  }
}

function expand({ size, extents = [{ offset: 0, length: size }] }: TreeEntry, data: readonly Buffer[]): Buffer {
  const whole = Buffer.alloc(size);
  const stored = Buffer.concat(data);
  let at = 0;
  for (const { offset, length } of extents) {
    stored.copy(whole, offset, at, at + length);
    at += length;
  }
  return whole;
}
