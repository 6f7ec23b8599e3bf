// Reads the archives that Go's own tar reader is tested with (Debian's golang-1.19-src). docker, podman, containerd and umoci read tars with
// it, so what it sees and what it refuses is what an image's layers mean. Where we differ, the line says why.
import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TarMember } from "../../src/image/layers/tar/member.ts";
import { TarReader } from "../../src/image/layers/tar/read.ts";
import { cached } from "../support/rootfs.ts";

/** Members as `type path mode owner size mtime`, then `-> target`, `device`, `xattrs`; or part of the refusal. */
const ARCHIVES: Readonly<Record<string, readonly string[] | string>> = {
  "file-and-dir.tar": ['file "small.txt" 0 0:0 5 0.0', 'directory "dir/" 0 0:0 0 0.0'],
  "gnu-incremental.tar": [
    'directory "test2/" 755 1000:1000 0 1441973427.0',
    'file "test2/foo" 644 1000:1000 64 1441973363.0',
    'file "test2/sparse" 644 1000:1000 536870912 1441973427.0',
  ],
  "gnu-long-nul.tar": ['file "0123456789" 644 1000:1000 0 1486082191.0'],
  "gnu-multi-hdrs.tar": ['symlink "GNU2/GNU2/long-path-name" 0 0:0 0 0.0 -> GNU4/GNU4/long-linkpath-name'],
  "gnu-nil-sparse-data.tar": ['file "sparse.db" 0 0:0 1000 0.0'],
  "gnu-nil-sparse-hole.tar": ['file "sparse.db" 0 0:0 1000 0.0'],
  "gnu-not-utf8.tar": ['file "hibye" 644 1000:1000 0 0.0'],
  "gnu-sparse-big.tar": ['file "gnu-sparse" 0 0:0 60000000000 0.0'],
  "gnu-utf8.tar": [
    'file "âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹âºâ»â¹" 644 1000:1000 0 0.0',
  ],
  "gnu.tar": ['file "small.txt" 640 73025:5000 5 1244428340.0', 'file "small2.txt" 640 73025:5000 11 1244436044.0'],
  "hardlink.tar": ['file "file.txt" 644 1000:100 15 1425484303.0', 'hardlink "hard.txt" 644 1000:100 0 1425484303.0 -> file.txt'],
  "hdr-only.tar": [
    'directory "dir/" 750 319973:5000 0 1442273732.0',
    'fifo "fifo" 640 319973:5000 0 1442273806.0',
    'file "file" 640 319973:5000 46 1442273747.0',
    'hardlink "hardlink" 640 319973:5000 0 1442273747.0 -> file',
    'char "null" 666 319973:5000 0 1442264573.0 1:3',
    'block "sda" 660 319973:5000 0 1442264573.0 8:0',
    'symlink "symlink" 777 319973:5000 0 1442273756.0 -> file',
    'symlink "badlink" 777 319973:5000 0 1442274044.0 -> missing',
    'directory "dir/" 750 319973:5000 0 1442273732.0',
    'fifo "fifo" 640 319973:5000 0 1442273806.0',
    'file "file" 640 319973:5000 46 1442273747.0',
    'hardlink "hardlink" 640 319973:5000 0 1442273747.0 -> file',
    'char "null" 666 319973:5000 0 1442264573.0 1:3',
    'block "sda" 660 319973:5000 0 1442264573.0 8:0',
    'symlink "symlink" 777 319973:5000 0 1442273756.0 -> file',
    'symlink "badlink" 777 319973:5000 0 1442274044.0 -> missing',
  ],
  "invalid-go17.tar": [
    'file "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/foo" 0 2097152:0 0 0.0',
  ],
  "issue10968.tar": "header at byte 0: the size is neither octal nor a base-256 number that fits",
  "issue11169.tar": "header at byte 0: the checksum is not 4880: this is no tar, or a damaged one",
  "issue12435.tar": "header at byte 0: the size is neither octal nor a base-256 number that fits",
  "neg-size.tar": "header at byte 0: the size is neither octal nor a base-256 number that fits",
  "nil-uid.tar": ['file "P1050238.JPG.log" 664 0:0 14 1365454838.0'],
  "pax-bad-hdr-file.tar": "extended header at byte 0: the PAX record at its byte 0 lies about its length",
  "pax-bad-mtime-file.tar": 'entry "foo": the PAX record mtime is no time',
  // Go gives global records to its caller, and docker ignores them; here, as in GNU tar, they hold, but for names and sizes.
  "pax-global-records.tar": [
    'file "file1" 0 0:0 0 1500000000.0',
    'file "file2" 0 0:0 0 1500000000.0',
    'file "file3" 0 0:0 0 1500000000.0',
    'file "file4" 0 0:0 0 1400000000.0',
  ],
  "pax-multi-hdrs.tar": ['symlink "bar" 0 0:0 0 0.0 -> PAX4/PAX4/long-linkpath-name'],
  "pax-nil-sparse-data.tar": ['file "sparse.db" 0 0:0 1000 0.0'],
  "pax-nil-sparse-hole.tar": ['file "sparse.db" 0 0:0 1000 0.0'],
  "pax-nul-path.tar": "extended header at byte 0: the PAX record path holds a NUL byte",
  "pax-nul-xattrs.tar": "extended header at byte 0: the key of a PAX record holds a NUL byte",
  // Go ends here without an error.
  "pax-path-hdr.tar": "byte 1024: the archive is cut short",
  "pax-pos-size-file.tar": ['file "foo" 640 319973:5000 999 1442282516.0'],
  "pax-records.tar": ['file "file" 0 0:0 0 0.0'],
  "pax-sparse-big.tar": ['file "pax-sparse" 0 0:0 60000000000 0.0'],
  "pax.tar": [
    'file "a/123456789101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899100" 664 1000:1000 7 1350244992.23960108',
    'symlink "a/b" 777 1000:1000 0 1350266320.910238425 -> 123456789101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899100',
  ],
  "sparse-formats.tar": [
    'file "sparse-gnu" 644 1000:1000 200 1392395740.0',
    'file "sparse-posix-0.0" 644 1000:1000 200 1392342187.0',
    'file "sparse-posix-0.1" 644 1000:1000 200 1392340456.0',
    'file "sparse-posix-1.0" 644 1000:1000 200 1392337404.0',
    'file "end" 644 1000:1000 4 1392398319.0',
  ],
  "star.tar": ['file "small.txt" 640 73025:5000 5 1244592783.0', 'file "small2.txt" 640 73025:5000 11 1244592783.0'],
  "trailing-slash.tar": [
    'directory "123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/" 0 0:0 0 0.0',
  ],
  "ustar-file-devs.tar": ['file "file" 644 0:0 0 0.0'],
  "ustar-file-reg.tar": ['file "foo" 640 319973:5000 684 1442282516.0'],
  "ustar.tar": [
    'file "longname/longname/longname/longname/longname/longname/longname/longname/longname/longname/longname/longname/longname/longname/longname/file.txt" 644 501:20 6 1360135598.0',
  ],
  "v7.tar": ['file "small.txt" 444 73025:5000 5 1244593104.0', 'file "small2.txt" 444 73025:5000 11 1244593104.0'],
  "writer.tar": [
    'file "small.txt" 640 73025:5000 5 1246508266.0',
    'file "small2.txt" 640 73025:5000 11 1245217492.0',
    'symlink "link.txt" 777 1000:1000 0 1314603082.0 -> small.txt',
  ],
  "xattrs.tar": [
    'file "small.txt" 644 1000:10 5 1386065770.448252320 user.key="value" user.key2="value2" security.selinux="unconfined_u:object_r:default_t:s0\\u0000"',
    'file "small2.txt" 644 1000:10 11 1386065770.449252304 security.selinux="unconfined_u:object_r:default_t:s0\\u0000"',
  ],
};

/** MD5 of files' contents, holes filled, where Go's test tells them. */
const CONTENTS: Readonly<Record<string, string>> = {
  "gnu.tar small.txt": "e38b27eaccb4391bdec553a7f3ae6b2f",
  "gnu.tar small2.txt": "c65bd2e50a56a2138bf1716f2fd56fe9",
  "sparse-formats.tar sparse-gnu": "6f53234398c2449fe67c1812d993012f",
  "sparse-formats.tar sparse-posix-0.0": "6f53234398c2449fe67c1812d993012f",
  "sparse-formats.tar sparse-posix-0.1": "6f53234398c2449fe67c1812d993012f",
  "sparse-formats.tar sparse-posix-1.0": "6f53234398c2449fe67c1812d993012f",
  "sparse-formats.tar end": "b0061974914468de549a2af8ced10316",
  "pax-pos-size-file.tar foo": "0afb597b283fe61b5d4879669a350556",
};

const SCRIPT = `cd "$1"; apt-get download golang-1.19-src >&2; dpkg -x golang-1.19-src_*.deb unpacked
  mv unpacked/usr/share/go-1.19/src/archive/tar/testdata/*.tar .; rm -r unpacked golang-1.19-src_*.deb`;

const folder = await cached("go-archives-1.19", SCRIPT).catch((error: unknown) => {
  console.warn(`SKIPPED tests of Go's archives: ${error}`);
  return undefined;
});

interface Read {
  readonly lines: readonly string[];
  readonly contents: Readonly<Record<string, string>>;
  readonly refusal: string | undefined;
}

function read(bytes: Buffer, step: number): Read {
  const found: { readonly member: TarMember; readonly data: Buffer[] }[] = [];
  const reader = new TarReader({
    member: (member) => void found.push({ member, data: [] }),
    data: (chunk) => void found.at(-1)?.data.push(Buffer.from(chunk)),
  });
  let refusal: string | undefined;
  try {
    for (let at = 0; at < bytes.length; at += step) reader.feed(bytes.subarray(at, at + step));
    reader.end();
  } catch (error) {
    refusal = error instanceof Error ? error.message : String(error);
  }
  const contents = Object.fromEntries(
    found.filter(({ member }) => member.size < 2 ** 20).map(({ member, data }) => [member.path, md5(member, data)]),
  );
  return { lines: found.map(({ member }) => line(member)), contents, refusal };
}

function line({ path, type, mode, uid, gid, size, mtime, target, device, xattrs }: TarMember): string {
  return [
    `${type} ${JSON.stringify(path)} ${mode.toString(8)} ${uid}:${gid} ${size} ${mtime.seconds}.${mtime.nanoseconds}`,
    ...(target === undefined ? [] : [`-> ${target}`]),
    ...(device === undefined ? [] : [`${device.major}:${device.minor}`]),
    ...(xattrs ?? []).map(({ name, value }) => `${name}=${JSON.stringify(Buffer.from(value).toString("latin1"))}`),
  ].join(" ");
}

function md5({ size, extents = [{ offset: 0, length: size }] }: TarMember, data: readonly Buffer[]): string {
  const whole = Buffer.alloc(size);
  const stored = Buffer.concat(data);
  let at = 0;
  for (const { offset, length } of extents) {
    stored.copy(whole, offset, at, at + length);
    at += length;
  }
  return createHash("md5").update(whole).digest("hex");
}

const seen = new Set<string>();

for (const [name, expected] of Object.entries(ARCHIVES)) {
  test.skipIf(folder === undefined).each([7, 512, 2 ** 20])(`Go's ${name} is read as Go reads it, fed %d bytes at a time`, (step) => {
    const { lines, contents, refusal } = read(readFileSync(join(folder ?? "", name)), step);
    if (typeof expected === "string") expect(refusal).toContain(expected);
    else expect({ lines, refusal }).toEqual({ lines: expected, refusal: undefined });
    for (const [path, digest] of Object.entries(contents)) {
      const wanted = CONTENTS[`${name} ${path}`];
      if (wanted === undefined) continue;
      expect(digest).toBe(wanted);
      seen.add(`${name} ${path}`);
    }
  });
}

afterAll(() => {
  if (folder !== undefined && seen.size > 0 && seen.size !== Object.keys(CONTENTS).length) throw new Error("a content was never compared");
});
