import type { CommandTable } from "../../command.ts";
export const MANIFEST: CommandTable = {};
