// Decodes the launcher's report (docs/plan.md, "Report").
import { REPORT } from "../plan/report.ts";

export type RecordKind = keyof typeof REPORT;

export interface ReportRecord {
  readonly kind: RecordKind;
  /** Index of the op over all sections. */
  readonly op: number;
  readonly value: bigint;
}

const RECORD_SIZE = 16;
const KIND_BY_NUMBER = new Map(Object.entries(REPORT).map(([name, number]) => [number as number, name as RecordKind]));

/** Records in order; a torn last record (the launcher was killed while it wrote) is left out, as are kinds this build does not know. */
export function decodeRecords(bytes: Uint8Array): ReportRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: ReportRecord[] = [];
  for (let at = 0; at + RECORD_SIZE <= bytes.length; at += RECORD_SIZE) {
    const kind = KIND_BY_NUMBER.get(view.getUint32(at, true));
    if (kind !== undefined) records.push({ kind, op: view.getUint32(at + 4, true), value: view.getBigInt64(at + 8, true) });
  }
  return records;
}

/** The kernel's own words that came before a failure (`text` records), if any. */
export function kernelText(records: readonly ReportRecord[]): string | undefined {
  const words = records.filter((record) => record.kind === "text");
  if (words.length === 0) return undefined;
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of words.entries()) view.setBigInt64(index * 8, word.value, true);
  return new TextDecoder().decode(bytes).replaceAll("\0", "").trim();
}
