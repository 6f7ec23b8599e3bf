// Words that go into file names and environment variables of plugins (SPEC.md, sections 1 and 2).

const NAME = /^[a-zA-Z0-9][\w.-]*$/;
/** IFNAMSIZ of <linux/if.h>, without its NUL. */
const LONGEST_INTERFACE = 15;

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
  const isName = name !== "" && name !== "." && name !== ".." && name.length <= LONGEST_INTERFACE && !/[/:\s\0]/.test(name);
  return isName ? undefined : `${JSON.stringify(name)} cannot be the name of an interface`;
}
