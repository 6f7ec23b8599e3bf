// Words that go into file names and environment variables of plugins (SPEC.md, sections 1 and 2).
import { interfaceNameFault } from "../../spec/runtime/shapes/common.ts";

const NAME = /^[a-zA-Z0-9][\w.-]*$/;

/** What is wrong with the name of a network, or undefined. */
export function nameFlaw(name: string): string | undefined {
  return NAME.test(name) ? undefined : `${JSON.stringify(name)} is not a letter or digit followed by letters, digits, "_", "." and "-"`;
}

/** What is wrong with a plugin's type, which is the name of its program, or undefined. */
export function typeFlaw(type: string): string | undefined {
  const isName = type !== "" && type !== "." && type !== ".." && !/[/\\\0]/.test(type);
  return isName ? undefined : `${JSON.stringify(type)} is not the name of a program`;
}

/** What is wrong with the name of an interface inside, or undefined. */
export function interfaceFlaw(name: string): string | undefined {
  const fault = interfaceNameFault(name);
  return fault === undefined ? undefined : `${JSON.stringify(name)} ${fault}`;
}
