// Generates launcher/ops.gen.h from the op table, so that the two sides cannot drift. `--check` fails when the file is stale.
import { readFileSync, writeFileSync } from "node:fs";
import { WIRING_MAGIC } from "../src/kernel/netlink/wiring/file.ts";
import { HEADER_SIZE, OP_FLAG, OP_SIZE, PIECE, PLAN_FLAG, PLAN_MAGIC, SECTION_SIZE } from "../src/kernel/plan/encode.ts";
import { type ArgKind, MAX_ARGS, OPS, type OpDefinition, PLAN_VERSION, REGISTERS } from "../src/kernel/plan/ops.ts";
import { PLAN_FAULT, REPORT } from "../src/kernel/plan/report.ts";

const KINDS: Readonly<Record<ArgKind, string>> = {
  in: "ARG_IN",
  "in?": "ARG_IN_OPT",
  out: "ARG_OUT",
  "out?": "ARG_OUT_OPT",
  int: "ARG_INT",
  str: "ARG_STR",
  "str?": "ARG_STR_OPT",
  bytes: "ARG_BYTES",
  list: "ARG_LIST",
  pieces: "ARG_PIECES",
  section: "ARG_SECTION",
};
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const upper = (name: string) => snake(name).toUpperCase();
const constants = (prefix: string, table: Readonly<Record<string, number>>) =>
  Object.entries(table).map(([name, value]) => `#define ${prefix}_${upper(name)} ${value}`);

function header(): string {
  const ops = Object.entries(OPS) as [string, OpDefinition][];
  const lines = [
    "// Generated from src/kernel/plan/ops.ts by tools/gen-ops.ts; do not edit.",
    "#ifndef TEU_OPS_GEN_H",
    "#define TEU_OPS_GEN_H",
    "",
    `#define PLAN_MAGIC 0x${PLAN_MAGIC.toString(16)}u`,
    `#define PLAN_VERSION ${PLAN_VERSION}`,
    `#define PLAN_HEADER_SIZE ${HEADER_SIZE}`,
    `#define PLAN_SECTION_SIZE ${SECTION_SIZE}`,
    `#define PLAN_OP_SIZE ${OP_SIZE}`,
    `#define PLAN_MAX_ARGS ${MAX_ARGS}`,
    `#define PLAN_REGISTERS ${REGISTERS}`,
    `#define WIRING_MAGIC 0x${WIRING_MAGIC.toString(16)}u`,
    ...constants("PLAN_FLAG", PLAN_FLAG),
    ...constants("OP_FLAG", OP_FLAG),
    ...constants("PIECE", PIECE),
    ...constants("REPORT", REPORT),
    ...constants("PLAN_FAULT", PLAN_FAULT),
    "",
    `enum arg_kind { ARG_NONE, ${Object.values(KINDS).join(", ")} };`,
    "",
    "enum op_code {",
    ...ops.map(([name, definition]) => `\tOP_${upper(name)} = ${definition.code},`),
    "};",
    "",
    "// X(code, name, undo, argument kinds in wire order): the launcher's dispatch and bounds checks expand this.",
    "enum undo_kind { UNDO_NONE, UNDO_RMDIR, UNDO_UNLINK, UNDO_KILL, UNDO_UMOUNT };",
    "#define OP_TABLE(X) \\",
    ...ops.map(([name, definition]) => {
      const kinds = Object.values(definition.args).map((kind) => KINDS[kind]);
      while (kinds.length < MAX_ARGS) kinds.push("ARG_NONE");
      return `\tX(OP_${upper(name)}, ${snake(name)}, UNDO_${(definition.undo ?? "none").toUpperCase()}, ${kinds.join(", ")}) \\`;
    }),
    "",
    "// Argument positions, OP_ARG(op name, argument name).",
    ...ops.flatMap(([name, definition]) =>
      Object.keys(definition.args).map((arg, index) => `#define A_${upper(name)}_${upper(arg)} ${index}`),
    ),
    "",
    "#endif",
    "",
  ];
  return lines.join("\n");
}

const path = new URL("../launcher/ops.gen.h", import.meta.url).pathname;
const text = header();
if (process.argv.includes("--check")) {
  if (readFileSync(path, "utf8") !== text) {
    console.error("launcher/ops.gen.h is stale: run tools/build --ops");
    process.exit(1);
  }
} else writeFileSync(path, text);
