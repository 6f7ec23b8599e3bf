// `teu cp` against a container that wants to reach its host by it: links that come and go (CVE-2018-15664), and libraries that a program
// which entered the container's root would load (CVE-2019-14271).
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { imageTests } from "../cli/image-cli.ts";
import { whileRunning } from "./copy-cli.ts";

const TRIES = 12;

imageTests("a directory that becomes a link to the host's, again and again, never leads there", async (cli) => {
  const host = cli.roots.path("host");
  await cli.run(["sh", "-ec", `mkdir ${host} && echo the host >${host}/secret`]);
  // The same path is there in the container too, so that a copy which goes there by the link finds a place.
  const swap = `mkdir -p ${host} /w/d; echo mine >/w/d/secret; echo mine >${host}/secret
    (while :; do mv /w/d /w/e; ln -s ${host} /w/d; rm /w/d; mv /w/e /w/d; done) 2>/dev/null &`;
  await whileRunning(cli, { script: swap }, async ({ name, cp, script, path }) => {
    await script("mkdir -p in/sub out && echo theirs >in/f && echo theirs >in/sub/g");
    const ends = new Set<number>();
    for (let index = 0; index < TRIES; index++) {
      ends.add((await cp("in/f", `${name}:/w/d/f`)).status);
      ends.add((await cp("in/.", `${name}:/w/d`)).status);
      const out = path("out", `${index}`);
      ends.add((await cp(`${name}:/w/d/secret`, out)).status);
      if (existsSync(out)) expect(readFileSync(out, "utf8")).toBe("mine\n");
      await cp(`${name}:/w`, path("out", `w${index}`));
    }
    expect(readdirSync(host)).toEqual(["secret"]);
    expect(readFileSync(join(host, "secret"), "utf8")).toBe("the host\n");
    expect(await script("grep -rl 'the host' out || true")).toBe("");
    expect(ends).toContain(0);
  });
});

imageTests("a link in a copied tree, or in its place, leads nowhere out of the container", async (cli) => {
  const host = cli.roots.path("host");
  await cli.run(["sh", "-ec", `mkdir ${host} && echo the host >${host}/secret`]);
  const script = `ln -s ${host} /link; ln -s ../../../../../../../..${host} /up; ln -s /proc/self/root${host} /magic; mkdir /d; ln -s ${host} /d/in`;
  await whileRunning(cli, { script }, async ({ name, cp, script: sh, program }) => {
    await sh("mkdir -p in && echo theirs >in/f && echo theirs >secret");
    for (const link of ["link", "up", "magic", "d/in"]) {
      await cp("secret", `${name}:/${link}/secret`);
      await cp("in", `${name}:/${link}`);
      const { status } = await cp(`${name}:/${link}/secret`, `stolen-${link.replace("/", "-")}`);
      expect([link, status]).toEqual([link, 1]);
      expect((await cp("-L", `${name}:/${link}`, "followed")).status).toBe(1);
    }
    await sh(`mkdir -p t/in && echo theirs >t/in/secret && tar -C t -cf t.tar in/secret && ${program} cp - ${name}:/d <t.tar || true`);
    expect(readdirSync(host)).toEqual(["secret"]);
    expect(readFileSync(join(host, "secret"), "utf8")).toBe("the host\n");
  });
});

imageTests("no library of the container is loaded", async (cli) => {
  const marks = cli.roots.path("marks");
  await cli.run(["mkdir", "-m", "0777", marks]);
  await whileRunning(cli, { script: `mkdir -p ${marks} /lib/x86_64-linux-gnu /lib64 /usr/lib` }, async ({ name, copy, script }) => {
    await script(`cat >evil.c <<'END'
#include <fcntl.h>
__attribute__((constructor)) static void come(void) { open("${marks}/loaded", O_CREAT | O_WRONLY, 0666); }
END
cc -shared -fPIC -o evil.so evil.c && echo 'passwd: files evil' >nsswitch.conf && echo ./evil.so >preload`);
    for (const library of ["libnss_files.so.2", "libnss_evil.so.2", "libc.so.6"])
      for (const directory of ["/lib", "/lib64", "/usr/lib", "/lib/x86_64-linux-gnu"])
        await copy("evil.so", `${name}:${directory}/${library}`);
    await copy("nsswitch.conf", `${name}:/etc/nsswitch.conf`);
    await script("echo /lib/libnss_evil.so.2 >ld.so.preload");
    await copy("ld.so.preload", `${name}:/etc/ld.so.preload`);
    await copy("-a", "evil.c", `${name}:/tmp/evil.c`);
    await copy("-a", `${name}:/etc`, "etc");
    await copy(`${name}:${marks}`, "marks");
    expect(await script("ls marks")).toBe("");
    expect(readdirSync(marks)).toEqual([]);
  });
});
