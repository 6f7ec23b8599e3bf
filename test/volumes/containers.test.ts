// What containers have mounted: volumes, directories of the host, tmpfs, images. As root and as an ordinary user.
import { Database } from "bun:sqlite";
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, USER } from "../cli/callers.ts";
import { type ImageCli, type ImageOptions, imageTest, imageTests } from "../cli/image-cli.ts";
import { eventually } from "../support/run.ts";
import { tester } from "../support/user.ts";

/** A directory with files, an owner and a mode of its own. */
const SEEDED: ImageOptions = {
  layers: [
    {
      data: { header: { flag: "5", mode: 0o750, uid: 7, gid: 8 } },
      "data/seed": "seed\n",
      "data/sub": { header: { flag: "5", mode: 0o700, uid: 9, gid: 9 } },
    },
  ],
};

const data = ({ roots }: ImageCli, name: string) => join(roots.root, "volumes", name, "_data");

/** What a container's program prints that succeeds. */
async function ran(cli: ImageCli, flags: readonly string[], script: string): Promise<string> {
  const { status, stdout, stderr } = await cli.teu([...cli.box("c", ...flags), "sh", "-ec", script]);
  expect({ flags, status, stderr }).toEqual({ flags, status: 0, stderr: "" });
  return stdout;
}

/** What is said of a container that cannot be had. */
async function refused(cli: ImageCli, ...flags: readonly string[]): Promise<string> {
  const { status, stderr } = await cli.teu([...cli.box("c", ...flags), "true"]);
  expect({ flags, status }).toEqual({ flags, status: 125 });
  return stderr;
}

const names = async (cli: ImageCli) => (await cli.teu(["volume", "ls", "-q"])).stdout.split("\n").filter(Boolean);

describe("a volume", () => {
  imageTests(
    "begins with what the image has there, owners and modes too, and stays what it became",
    async (cli) => {
      const show = "stat -c '%n %a %u:%g' /data /data/*; cat /data/seed";
      const first = "/data 750 7:8\n/data/seed 644 0:0\n/data/sub 700 9:9\nseed\n";
      expect(await ran(cli, ["-v", "vol:/data"], `${show}; echo new > /data/seed; rmdir /data/sub`)).toBe(first);
      expect(await ran(cli, ["-v", "vol:/data"], "ls /data; cat /data/seed")).toBe("seed\nnew\n");
      expect(await ran(cli, ["-v", "vol:/elsewhere:ro"], "cat /elsewhere/seed; touch /elsewhere/x 2>/dev/null || echo refused")).toBe(
        "new\nrefused\n",
      );
      expect(await names(cli)).toEqual(["vol"]);
    },
    SEEDED,
  );

  imageTests(
    "begins with nothing where that is asked for, or it is not new, or the image has nothing there",
    async (cli) => {
      expect(await ran(cli, ["-v", "one:/data:nocopy"], "ls /data")).toBe("");
      expect(await ran(cli, ["--mount", "type=volume,src=two,dst=/data,volume-nocopy"], "ls /data")).toBe("");
      await cli.teu(["volume", "create", "three"]);
      expect(await ran(cli, ["-v", "three:/else"], "echo x > /else/own")).toBe("");
      expect(await ran(cli, ["-v", "three:/data"], "ls /data")).toBe("own\n");
    },
    SEEDED,
  );

  imageTests(
    "that nobody named goes with --rm, and with rm -v",
    async (cli) => {
      expect(await ran(cli, [], "ls /data; grep -c ' /data ' /proc/self/mounts")).toBe("seed\nsub\n1\n");
      expect(await names(cli)).toEqual([]);
      const name = cli.roots.id("kept");
      for (const [flags, left] of [
        [["-v"], 0],
        [[], 1],
      ] as const) {
        expect((await cli.teu(["run", "--name", name, "-v", "/own", "box", "true"])).status).toBe(0);
        expect(await names(cli)).toHaveLength(2);
        expect((await cli.teu(["rm", ...flags, name])).status).toBe(0);
        expect(await names(cli)).toHaveLength(2 * left);
      }
      expect(readdirSync(join(cli.roots.root, "volumes")).toSorted()).toEqual(await names(cli));
    },
    { ...SEEDED, config: { Volumes: { "/data/": {} } } },
  );

  imageTests(
    "that nobody named goes as `rm -v` said, whoever comes to finish that: the monitor's last command may, or the next",
    async (cli) => {
      for (const { flags, left } of [
        { flags: ["-v"], left: 0 },
        { flags: [], left: 1 },
      ]) {
        expect((await cli.teu(["create", "--name", "c", "-v", "/own", "box", "true"])).status).toBe(0);
        // What is left of an `rm` that was killed when it had said what it wants.
        const db = new Database(join(cli.roots.root, "state.db"));
        db.run("UPDATE containers SET removing = ?", [flags.includes("-v") ? 2 : 1]);
        db.close();
        expect((await cli.teu(["ps", "-aq"])).stdout).toBe("");
        expect(await names(cli)).toHaveLength(left);
      }
    },
  );

  imageTests(
    "is copied with the owners that its files have, its own too",
    async (cli) => {
      await ran(cli, ["-v", "vol:/data"], "true");
      expect(await cli.teu(["volume", "cp", "vol", "other"])).toEqual({ status: 0, stdout: "other\n", stderr: "" });
      expect(await ran(cli, ["-v", "other:/else"], "stat -c '%a %u:%g' /else /else/*")).toBe("750 7:8\n644 0:0\n700 9:9\n");
      expect((await cli.teu(["volume", "rm", "vol", "other"])).status).toBe(0);
      expect(readdirSync(join(cli.roots.root, "volumes"))).toEqual([]);
    },
    SEEDED,
  );

  imageTest(ROOT, "is copied while those who write to it stand still", async (cli) => {
    const name = cli.roots.id("writer");
    const script = "i=0; while :; do i=$((i + 1)); echo $i > /data/a; echo $i > /data/b; done";
    expect((await cli.teu(["run", "-d", "--name", name, "-v", "vol:/data", "box", "sh", "-c", script])).status).toBe(0);
    await eventually("it writes", () => existsSync(join(data(cli, "vol"), "b")));
    expect(await cli.teu(["volume", "snapshot", "--pause", "vol", "snap"])).toEqual({ status: 0, stdout: "snap\n", stderr: "" });
    const [a, b] = ["a", "b"].map((file) => Number(readFileSync(join(data(cli, "snap"), file), "utf8") || Number.NaN));
    // The one that it was writing to may be cut off just then.
    expect(Number.isNaN(a) || Number.isNaN(b) || (a ?? 0) - (b ?? 0) === 0 || (a ?? 0) - (b ?? 0) === 1).toBe(true);
    const before = readFileSync(join(data(cli, "vol"), "b"), "utf8");
    await eventually("it goes on", () => readFileSync(join(data(cli, "vol"), "b"), "utf8") !== before);
    expect((await cli.teu(["rm", "-f", name])).status).toBe(0);
  });

  imageTests(
    "that a killed command has left empty is filled at the first start",
    async (cli) => {
      const name = cli.roots.id("kept");
      await cli.teu(["create", "--name", name, "-v", "vol:/data", "box", "ls", "/data"]);
      // As it is when nothing was copied yet, and something was on its way.
      const inside = `cd '${data(cli, "vol")}/..'; rm -rf _data; mkdir _data filling-1.1.x-x; touch filling-1.1.x-x/seed`;
      await cli.run(["sh", "-ec", cli.account === undefined ? inside : inside.replace("rm -rf _data", "mv _data ../../aside")]);
      expect(await cli.teu(["start", "-a", name])).toEqual({ status: 0, stdout: "seed\nsub\n", stderr: "" });
      expect(readdirSync(join(data(cli, "vol"), "..")).toSorted()).toEqual(["_data", "volume.json"]);
      await cli.teu(["rm", name]);
    },
    SEEDED,
  );

  imageTests("that a container has stays while it is there", async (cli) => {
    const name = cli.roots.id("kept");
    await cli.teu(["create", "--name", name, "-v", "vol:/data", "box", "true"]);
    const { status, stderr } = await cli.teu(["volume", "rm", "vol"]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^teu: remove vol: volume is in use - \[[0-9a-f]{64}\]\n$/),
    });
    expect((await cli.teu(["volume", "ls", "-q", "--filter", "dangling=false"])).stdout).toBe("vol\n");
    expect((await cli.teu(["volume", "mv", "vol", "other"])).stderr).toContain("volume is in use");
    await cli.teu(["rm", name]);
    expect((await cli.teu(["volume", "rm", "vol"])).status).toBe(0);
  });

  imageTests("is another container's too, as it has it or read-only", async (cli) => {
    const name = cli.roots.id("first");
    await cli.teu(["create", "--name", name, "-v", "vol:/data", "-v", "/own", "--tmpfs", "/mem", "box", "true"]);
    const mounted = 'cd /proc/self; for at in /data /own /mem; do grep -c " $at rw," mountinfo || :; done';
    expect(await ran(cli, ["--volumes-from", name], mounted)).toBe("1\n1\n0\n");
    expect(await ran(cli, ["--volumes-from", `${name}:ro`], mounted)).toBe("0\n0\n0\n");
    expect(await names(cli)).toHaveLength(2); // the second container had the first one's, and goes without them
    expect(await refused(cli, "--volumes-from", "none")).toContain("No such container: none");
    await cli.teu(["rm", "-v", name]);
    expect(await names(cli)).toEqual(["vol"]);
  });

  imageTests("may be in memory, or a directory of the host, by its options", async (cli) => {
    await cli.teu(["volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=64k,mode=700", "mem"]);
    expect(await ran(cli, ["-v", "mem:/data"], "grep ' /data ' /proc/self/mounts")).toMatch(
      /^tmpfs \/data tmpfs rw,relatime,size=64k,mode=700/,
    );
    const host = cli.roots.path("host");
    await cli.run(["mkdir", host]);
    await cli.teu(["volume", "create", "--opt", "type=none", "--opt", `device=${host}`, "--opt", "o=bind", "dir"]);
    await ran(cli, ["-v", "dir:/data"], "echo x > /data/file");
    expect(readFileSync(join(host, "file"), "utf8")).toBe("x\n");
    await cli.teu(["volume", "rm", "dir"]);
    expect(existsSync(join(host, "file"))).toBe(true);
    expect(await ran(cli, ["--mount", "src=new,dst=/data,volume-opt=type=tmpfs,volume-opt=device=tmpfs"], "stat -f -c %T /data")).toBe(
      "tmpfs\n",
    );
  });

  imageTests("is mounted in part, whose links lead nowhere out of it", async (cli) => {
    await ran(cli, ["-v", "vol:/data"], "mkdir -p /data/a/b; echo in > /data/a/b/file; ln -s /etc /data/out; ln -s a/b /data/in");
    expect(await ran(cli, ["--mount", "src=vol,dst=/part,volume-subpath=in"], "cat /part/file")).toBe("in\n");
    expect(await ran(cli, ["--mount", "src=vol,dst=/part,volume-subpath=a/b/file"], "cat /part")).toBe("in\n");
    const flags = ["--mount", "src=vol,dst=/part,volume-subpath=out"];
    expect(await refused(cli, ...flags)).toMatch(/out in bind of .*vol\/_data on \/part: --mount .*: no such file or directory \(ENOENT\)/);
  });
});

imageTest(
  ROOT,
  "a volume is the same to a container whose ids are others",
  async (cli) => {
    const show = "stat -c '%n %u:%g' /data/*";
    const first = "/data/seed 0:0\n/data/sub 9:9\n";
    const others = ["--userns", `remap:${tester().name}`, "-v", "vol:/data"];
    const uids = "cut -d' ' -f2- /proc/self/uid_map | tr -d ' '";
    expect(await ran(cli, others, `${show}; touch /data/made; ${uids}`)).toMatch(
      /^\/data\/seed 0:0\n\/data\/sub 9:9\n(?!04294967295)\d+\n$/,
    );
    expect(await ran(cli, ["-v", "vol:/data"], show)).toBe(`/data/made 0:0\n${first}`);
    expect(await ran(cli, others, show)).toBe(`/data/made 0:0\n${first}`);
  },
  { ...SEEDED, needs: ["tester", "subids"] },
);

describe("a directory of the host", () => {
  imageTests("is made where -v names one that is not there, and refused where --mount does", async (cli) => {
    const host = cli.roots.path("run", "new/dir");
    await ran(cli, ["-v", `${host}:/data`], "echo x > /data/file");
    expect(readFileSync(join(host, "file"), "utf8")).toBe("x\n");
    const other = `${host}-other`;
    expect(await refused(cli, "--mount", `type=bind,src=${other},dst=/data`)).toContain(`bind source path does not exist: ${other}`);
    await ran(cli, ["--mount", `type=bind,src=${other},dst=/data,bind-create-src`], "true");
    expect(statSync(other).isDirectory()).toBe(true);
    const relative = await cli.teu([...cli.box("c", "-v", "./new/dir:/data:ro"), "cat", "/data/file"], { cwd: cli.roots.runRoot });
    expect(relative).toEqual({ status: 0, stdout: "x\n", stderr: "" });
  });

  imageTests("may be a file, which programs may not write to where it is read-only", async (cli) => {
    const host = cli.roots.path("file");
    writeFileSync(host, "text\n", { mode: 0o666 });
    expect(await ran(cli, ["-v", `${host}:/etc/motd:ro`], "cat /etc/motd; echo x 2>/dev/null > /etc/motd || echo refused")).toBe(
      "text\nrefused\n",
    );
  });

  imageTest(ROOT, "is read-only with all that is mounted in it, unless that is not wanted", async (cli) => {
    const host = cli.roots.path("host");
    const below = join(host, "below");
    mkdirSync(below, { recursive: true });
    await cli.run(["mount", "-t", "tmpfs", cli.roots.mark, below]);
    try {
      const probe = "touch /data/x 2>/dev/null && echo top; touch /data/below/x 2>/dev/null && echo below; ls /data/below; :";
      const bind = `type=bind,src=${host},dst=/data`;
      expect(await ran(cli, ["-v", `${host}:/data:ro`], probe)).toBe("");
      expect(await ran(cli, ["--mount", `${bind},ro`], probe)).toBe("");
      expect(await ran(cli, ["--mount", `${bind},ro,bind-recursive=writable`], probe)).toBe("below\nx\n");
      expect(await ran(cli, ["--mount", `${bind},bind-recursive=disabled`], probe)).toBe("top\nbelow\nx\n"); // into the directory beneath
      expect(readdirSync(host).toSorted()).toEqual(["below", "x"]);
    } finally {
      await cli.run(["umount", below]);
    }
  });

  imageTest(ROOT, "gets what the host mounts in it later, where it is a slave of the host's", async (cli) => {
    const host = cli.roots.path("host");
    mkdirSync(join(host, "later"), { recursive: true });
    await cli.run(["sh", "-ec", `mount --bind ${host} ${host}; mount --make-shared ${host}`]);
    try {
      const script = "echo ready; read line; grep -c ' /data/later ' /proc/self/mounts || :";
      for (const [propagation, seen] of [
        ["rslave", "1"],
        ["rprivate", "0"],
      ] as const) {
        const running = cli.start([...cli.box("c", "-i", "-v", `${host}:/data:${propagation}`), "sh", "-c", script]);
        await eventually("the container runs", () => running.stdout() === "ready\n");
        await cli.run(["mount", "-t", "tmpfs", cli.roots.mark, join(host, "later")]);
        running.write("go\n");
        running.endInput();
        expect(await running.exited).toBe(0);
        expect(running.stdout()).toBe(`ready\n${seen}\n`);
        running.dispose();
        await cli.run(["umount", join(host, "later")]);
      }
      expect(await refused(cli, "-v", `${cli.roots.path("run")}:/data:rshared`)).toContain("but it is not a shared mount");
    } finally {
      await cli.run(["sh", "-c", `umount -R ${host}`]);
    }
  });

  imageTest(ROOT, "has the files of its owner as the container user's, and back", async (cli) => {
    const host = cli.roots.path("host");
    await cli.run(["sh", "-ec", `mkdir ${host}; echo x > ${host}/theirs; chown -R 1234:1235 ${host}; echo y > ${host}/roots`]);
    const show = "cd /data; stat -c '%n %u:%g' theirs roots; touch made; stat -c %u:%g made; rm made; touch new";
    expect(await ran(cli, ["-v", `${host}:/data:map`], show)).toBe("theirs 0:0\nroots 1234:1235\n0:0\n");
    expect(await ran(cli, ["-u", "33:34", "-v", `${host}:/data:map`], `${show}er`)).toBe("theirs 33:34\nroots 0:0\n33:34\n");
    const owners = ["theirs", "roots", "new", "newer"].map((name) => statSync(join(host, name))).map(({ uid, gid }) => `${uid}:${gid}`);
    expect(owners).toEqual(["1234:1235", "0:0", "1234:1235", "1234:1235"]);
  });

  imageTest(USER, "is the container's root's without root, and maps to nobody else", async (cli) => {
    const host = cli.roots.path("host");
    await cli.run(["mkdir", host]);
    expect(await ran(cli, ["-v", `${host}:/data:map`], "touch /data/file; stat -c %u:%g /data/file")).toBe("0:0\n");
    expect(statSync(join(host, "file")).uid).toBe(cli.account?.uid ?? 0);
    expect(await refused(cli, "-u", "5:5", "-v", `${host}:/data:map`)).toContain("an ordinary user cannot map the ids of a mount");
  });
});

describe("a tmpfs", () => {
  imageTests("has size and mode as --mount and --tmpfs say", async (cli) => {
    const show = "grep ' /mem ' /proc/self/mounts; stat -c %a /mem";
    const long = await ran(cli, ["--mount", "type=tmpfs,dst=/mem,tmpfs-size=64k,tmpfs-mode=1750"], show);
    expect(long).toMatch(/^tmpfs \/mem tmpfs rw,nosuid,nodev,noexec,relatime,size=64k,mode=1750.*\n1750\n$/);
    expect(await ran(cli, ["--tmpfs", "/mem:size=64k"], show)).toMatch(/size=64k[, ].*\n1777\n$/);
    expect(await ran(cli, ["--mount", "type=tmpfs,dst=/mem,ro"], "touch /mem/x 2>/dev/null || echo refused")).toBe("refused\n");
  });
});

describe("an image as a mount", () => {
  imageTests(
    "shows its files, or a part of them, and nobody writes there",
    async (cli) => {
      const image = "type=image,src=box,dst=/img";
      const probe = "cat /img/data/seed; touch /img/x 2>/dev/null || echo refused";
      expect(await ran(cli, ["--mount", image], probe)).toBe("seed\nrefused\n");
      expect(await ran(cli, ["--mount", `${image},image-subpath=data/seed`], "cat /img")).toBe("seed\n");
      expect(await refused(cli, "--mount", "type=image,src=none,dst=/img")).toContain("No such image: none");
    },
    SEEDED,
  );

  imageTest(ROOT, "is kept while a container has it", async (cli) => {
    await cli.teu(["import", cli.rootfs, "other"]);
    const name = cli.roots.id("kept");
    await cli.teu(["create", "--name", name, "--mount", "type=image,src=other,dst=/img", "box", "ls", "/img/bin"]);
    await cli.teu(["rmi", "-f", "other"]);
    await cli.teu(["image", "prune", "-af"]);
    const { status, stdout } = await cli.teu(["start", "-a", name]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining("busybox") });
    await cli.teu(["rm", name]);
  });
});

describe("a command line", () => {
  imageTest(ROOT, "is refused where two are asked for at one place, or the kernel refuses a place, in terms of its flags", async (cli) => {
    expect(await refused(cli, "-v", "one:/data", "--tmpfs", "/data/")).toContain("--tmpfs /data/: Duplicate mount point: /data");
    expect(await refused(cli, "-v", "one:/data", "-v", "/srv:/proc/x")).toContain("--volume /srv:/proc/x");
    expect(await names(cli)).toEqual([]);
    expect(existsSync(data(cli, "one"))).toBe(false);
  });
});
