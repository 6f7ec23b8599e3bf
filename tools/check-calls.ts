// Holds the rules on calls that only some folders may make: below the command line nothing reads the environment, and only
// kernel/launch starts processes. Tests may do both.
import { conclude, type SourceFile, sourceFiles } from "./source-files.ts";

interface ReservedCall {
  readonly pattern: RegExp;
  readonly allowed: readonly string[];
  readonly why: string;
}

export const RESERVED: readonly ReservedCall[] = [
  {
    pattern: /\b(process|Bun|import\.meta)\.env\b|\bimport\s*\{[^}]*\benv\b[^}]*\}\s*from "(node:)?process"/,
    allowed: ["src/cli/"],
    why: "the environment is read below src/cli only; pass the value in",
  },
  {
    pattern: /["'](node:)?child_process["']|\bBun\.(spawn|spawnSync|\$)|\bimport\s*\{[^}]*\b(spawn|spawnSync|\$)\b[^}]*\}\s*from "bun"/,
    allowed: ["src/kernel/launch/", "src/cli/"],
    why: "processes are started by src/kernel/launch only",
  },
];

/** Comments may speak of what the code may not do. */
const isComment = (line: string) => /^\s*(\/\/|\*|\/\*)/.test(line);

/** Code about the OCI configuration names the container's process as the specification does; its `env` is not ours. */
function withoutContainerProcess(text: string): string {
  const declares = /\bprocess: Process\b|\bconst (process\b|\{[^}]*\bprocess\b[^}]*\} =)/.test(text);
  return declares ? text.replaceAll(/\bprocess\.env\b/g, "itsEnvironment") : text;
}

/** Every reserved call in one file. */
function callsIn({ path, text }: SourceFile): readonly string[] {
  const rules = RESERVED.filter(({ allowed }) => !allowed.some((folder) => path.startsWith(folder)));
  return withoutContainerProcess(text)
    .split("\n")
    .flatMap((line, index) =>
      rules.filter(({ pattern }) => !isComment(line) && pattern.test(line)).map(({ why }) => `${path}:${index + 1}: ${why}`),
    );
}

/** Every line of a product file that makes a call reserved to another folder, as `path:line: why`. */
export function reservedCalls(files: readonly SourceFile[]): readonly string[] {
  return files.filter(({ path }) => path.startsWith("src/") && !path.endsWith(".test.ts")).flatMap(callsIn);
}

if (import.meta.main) conclude(reservedCalls(sourceFiles("src/**/*.ts")));
