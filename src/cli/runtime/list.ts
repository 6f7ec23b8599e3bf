// `teu-runtime list`.
import { readFileSync } from "node:fs";
import { type Container, listContainers, stateDocument } from "../../kernel/state/query.ts";
import { UsageError } from "../command.ts";
import { formatTable, LEAST_WIDTH } from "../format/table.ts";
import { verb } from "./verb.ts";

export default verb({
  name: "runtime list",
  summary: "List the containers below the root",
  usage: "[flags]",
  flags: {
    format: { type: "string", short: "f", value: "FORMAT", summary: "table or json" },
    quiet: { type: "boolean", short: "q", summary: "Show ids only" },
  },
  args: { min: 0, max: 0 },
  run({ flags: { format = "table", quiet }, runtime, context }) {
    if (format !== "table" && format !== "json") throw new UsageError(`--format: ${JSON.stringify(format)} is neither table nor json`);
    const containers = listContainers(runtime);
    if (quiet === true) context.out(containers.map(({ id }) => `${id}\n`).join(""));
    else if (format === "json") context.out(`${JSON.stringify(containers.map(withOwner))}\n`);
    else context.out(formatTable(["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"], containers.map(row), LEAST_WIDTH.runc));
    return 0;
  },
});

function withOwner(container: Container) {
  return { ...stateDocument(container), owner: ownerName(container) };
}

function row(container: Container): string[] {
  const { id, status, record } = container;
  return [id, String(status.pid), status.status, record.bundle, record.created, ownerName(container)];
}

/** The account's name, or `#UID` where there is none (passwd(5)). */
function ownerName({ record: { owner } }: Container): string {
  let accounts = "";
  try {
    accounts = readFileSync("/etc/passwd", "utf8");
  } catch {
    // no accounts at all, as in a minimal image
  }
  const line = accounts.split("\n").find((entry) => entry.split(":")[2] === String(owner));
  return line?.split(":")[0] ?? `#${owner}`;
}
