// Whether our tables are there: a question of some microseconds, for each container that publishes nothing.
import { askForTable } from "../../kernel/netlink/nftables/messages.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import { tableOf } from "./shapes.ts";

/** All of them are made in one batch, and flushed at once: one stands for the others. */
export function presence(tag: string): Described {
  const table = tableOf(tag, 4);
  return { message: askForTable(table), subject: `table ${table.family} ${table.name}` };
}
