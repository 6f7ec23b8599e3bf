import { describe, expect, test } from "bun:test";
import { readSubordinate, subordinateRanges, userName } from "./subordinate-ids.ts";

describe("subordinateRanges", () => {
  const rows: { name: string; text: string; want: { start: number; size: number }[] }[] = [
    {
      name: "takes ranges by name and by uid, in order",
      text: "ann:100000:65536\nbob:1:1\n1000:300000:10\nann:500000:5\n",
      want: [
        { start: 100000, size: 65536 },
        { start: 300000, size: 10 },
        { start: 500000, size: 5 },
      ],
    },
    { name: "leaves out what is no range", text: "ann\nann:x:1\nann:1\nann:1:\nann:-1:5\nann:99999999999:1\n", want: [] },
    { name: "leaves out an empty range", text: "ann:100000:0\n", want: [] },
    { name: "does not take a name for its beginning", text: "anna:1:1\nan:2:2\n#ann:3:3\n", want: [] },
    {
      name: "reads a last line without a newline and lines with spaces at the ends",
      text: " ann:7:8 \nann:1:2",
      want: [
        { start: 7, size: 8 },
        { start: 1, size: 2 },
      ],
    },
  ];
  for (const { name, text, want } of rows) test(name, () => expect(subordinateRanges(text, ["ann", "1000"])).toEqual(want));
});

describe("userName", () => {
  const passwd = "root:x:0:0:root:/root:/bin/bash\nann:x:1000:100::/home/ann:/bin/sh\nann2:x:1000:100:::\nbroken\n";
  test("is the first with the uid", () => expect(userName(passwd, 1000)).toBe("ann"));
  test("is unknown for a uid without an entry", () => expect(userName(passwd, 100)).toBeUndefined());
});

describe("readSubordinate", () => {
  const files: Readonly<Record<string, string>> = {
    "/etc/passwd": "ann:x:1000:100::/home/ann:/bin/sh\n",
    "/etc/subuid": "ann:100000:65536\n",
    "/etc/subgid": "1000:200000:65536\n",
    "/usr/local/bin/newuidmap": "",
  };
  const host = (uid: number) => ({
    read: (path: string) => files[path],
    list: () => [],
    exists: (path: string) => path in files,
    arch: "x64",
    uid,
    gid: 0,
  });

  test("finds ranges by name and by uid, and the helpers that are there", () => {
    expect(readSubordinate(host(1000))).toEqual({
      uids: [{ start: 100000, size: 65536 }],
      gids: [{ start: 200000, size: 65536 }],
      newuidmap: "/usr/local/bin/newuidmap",
    });
  });

  test("finds nothing for a user without entries", () => {
    expect(readSubordinate(host(1001))).toEqual({ uids: [], gids: [], newuidmap: "/usr/local/bin/newuidmap" });
  });
});
