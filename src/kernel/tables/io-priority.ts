// I/O priorities (ioprio_set(2), linux/ioprio.h).
import type { IoPriorityClass } from "../../spec/runtime/names.ts";

// biome-ignore format: table
const CLASSES: Readonly<Record<IoPriorityClass, number>> = { IOPRIO_CLASS_RT: 1, IOPRIO_CLASS_BE: 2, IOPRIO_CLASS_IDLE: 3 };

const CLASS_SHIFT = 13;

/** The value that ioprio_set(2) takes: IOPRIO_PRIO_VALUE(class, priority), priority from 0 (highest) to 7. */
export function ioPriorityValue(name: IoPriorityClass, priority: number): number {
  return (CLASSES[name] << CLASS_SHIFT) | priority;
}
