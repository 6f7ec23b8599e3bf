// `teu generate systemd`: podman's. The unit of a container, with which systemd starts, watches and stops it.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { DEFAULT_STOP_TIMEOUT } from "../../../containers/document/life.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import { containerUnit, runWords, UNIT_RESTARTS } from "../../../containers/systemd/container-unit.ts";
import { findContainer } from "../../../engine/containers/find.ts";
import { command, UsageError } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { parseWords } from "../../parse-words.ts";
import { VERSION } from "../../version.ts";

export default command({
  name: "generate systemd",
  summary: "Print the systemd unit of a container",
  usage: "[flags] CONTAINER",
  flags: {
    after: { type: "string", multiple: true, value: "UNIT", summary: "Start it after this unit" },
    "container-prefix": { type: "string", value: "TEXT", summary: "How the unit's name begins (container)" },
    env: { type: "string", short: "e", multiple: true, value: "NAME=VALUE", summary: "Set a variable of the unit's commands" },
    files: { type: "boolean", short: "f", summary: "Write the unit to a file here, and print its path" },
    name: { type: "boolean", short: "n", summary: "Call the container by its name, not by its id" },
    new: { type: "boolean", summary: "Make the container anew at each start, as its run or create did" },
    "no-header": { type: "boolean", summary: "Leave out the comment that says where it came from" },
    requires: { type: "string", multiple: true, value: "UNIT", summary: "Start it only with this unit" },
    "restart-policy": { type: "string", oneOf: UNIT_RESTARTS, value: "POLICY", summary: "When systemd starts it again (on-failure)" },
    "restart-sec": { type: "integer", value: "SECONDS", summary: "How long systemd waits before it does" },
    separator: { type: "string", value: "TEXT", summary: "What stands between prefix and name (-)" },
    "start-timeout": { type: "integer", value: "SECONDS", summary: "How long its start may take" },
    "stop-timeout": { type: "integer", value: "SECONDS", summary: "How long it may take to end (10)" },
    time: { type: "integer", short: "t", value: "SECONDS", summary: "The same as --stop-timeout" },
    wants: { type: "string", multiple: true, value: "UNIT", summary: "Start this unit with it" },
  },
  args: { min: 1, max: 1, completes: "containers" },
  examples: ["teu generate systemd --new --name web > /etc/systemd/system/container-web.service"],
  async run({ flags, args: [text = ""], context }) {
    const row = findContainer(engineOf(context), text);
    const { after = [], wants = [], requires = [], separator = "-" } = flags;
    const called = flags.name === true || flags.new === true ? row.name : row.id;
    const name = `${flags["container-prefix"] ?? "container"}${separator}${called}`;
    const unit = containerUnit({
      name,
      program: context.self,
      container: called,
      ...(flags.new === true ? { run: await wordsOf(row) } : {}),
      restart: flags["restart-policy"] ?? "on-failure",
      ...(flags["restart-sec"] === undefined ? {} : { restartSec: flags["restart-sec"] }),
      ...(flags["start-timeout"] === undefined ? {} : { startTimeout: flags["start-timeout"] }),
      stopTimeout: flags["stop-timeout"] ?? flags.time ?? row.document.life.stopTimeout ?? DEFAULT_STOP_TIMEOUT,
      after,
      wants,
      requires,
      environment: (flags.env ?? []).map(variableOf),
      header: flags["no-header"] === true ? [] : [`${name}.service`, `made by teu ${VERSION} generate systemd`],
    });
    if (flags.files !== true) context.out(unit);
    else {
      const path = resolve(`${name}.service`);
      writeFileSync(path, unit);
      context.out(`${path}\n`);
    }
    return 0;
  },
});

/** How the container was asked for, as a unit asks again. */
async function wordsOf({ name, document }: ContainerRow): Promise<string[]> {
  const words = document.birth.command;
  if (words === undefined) {
    throw new TeuError("unsupported", `generate the unit of container ${name}: --new: it is not known what command made it`);
  }
  const { default: run } = await import("../run.ts");
  const { args } = parseWords(run, words);
  return runWords(words, { flagCount: words.length - args.length, name });
}

function variableOf(text: string): readonly [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError(`--env: ${JSON.stringify(text)} is not NAME=VALUE`);
  return [name, value];
}
