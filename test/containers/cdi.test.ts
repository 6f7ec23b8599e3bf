// Devices by their CDI names, out of a specification that the test puts where those of the host are.
import { expect } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { type Cli, cliTests } from "../cli/callers.ts";

const DIRECTORY = "/var/run/cdi";

/** A specification of a vendor that is this test's alone. */
async function withSpecification(cli: Cli, body: (kind: string) => Promise<void>): Promise<void> {
  const vendor = `${cli.roots.id("cdi").toLowerCase().replaceAll("_", "-")}.invalid`;
  const made = existsSync(DIRECTORY) ? undefined : mkdirSync(DIRECTORY, { recursive: true });
  const path = `${DIRECTORY}/${vendor}.yaml`;
  const shown = cli.roots.path("shown");
  writeFileSync(shown, "from the vendor\n");
  writeFileSync(
    path,
    `cdiVersion: "0.6.0"
kind: ${vendor}/thing
containerEdits:
  env: [KIND=any]
devices:
  - name: zero
    containerEdits:
      env: [DEVICE=zero]
      deviceNodes: [{ path: /dev/vendor-zero, hostPath: /dev/zero, permissions: r }]
      mounts: [{ hostPath: ${shown}, containerPath: /usr/vendor, options: [ro, rbind] }]
`,
  );
  try {
    await body(`${vendor}/thing`);
  } finally {
    rmSync(path);
    if (made !== undefined) rmSync(made, { recursive: true });
  }
}

cliTests("--device vendor.com/class=name gives what the vendor's specification says", async (cli) => {
  await withSpecification(cli, async (kind) => {
    const script = "echo $KIND $DEVICE; head -c 2 /dev/vendor-zero | od -An -tx1; cat /usr/vendor";
    const rootfs = cli.roots.path("rootfs");
    await cli.run(["cp", "-r", cli.rootfs, rootfs]);
    const argv = ["run", "--rm", "--device", `${kind}=zero`, "--rootfs", rootfs, "sh", "-c", script];
    const { stdout, stderr } = await cli.teu(argv);
    expect({ stdout, stderr }).toEqual({ stdout: "any zero\n 00 00\nfrom the vendor\n", stderr: "" });
    const other = await cli.teu(["run", "--rm", "--device", `${kind}=one`, "--rootfs", rootfs, "true"]);
    expect(other.stderr).toContain(`unresolvable CDI devices ${kind}=one`);
  });
});
