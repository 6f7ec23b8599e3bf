// Flags that the commands on manifest lists share.

import type { RegistryAccess } from "../../../engine/images/network.ts";
import type { ImageAnnotation } from "../../../image/copy/manifest-list.ts";
import { type Flags, type FlagValues, UsageError } from "../../command.ts";
import { REGISTRY_FLAGS, registryAccess } from "../../end-flags.ts";

export const MANIFEST_REGISTRY_FLAGS = {
  insecure: { type: "boolean", summary: "Speak to registries without TLS, or with certificates that nobody vouches for" },
  ...REGISTRY_FLAGS,
} as const satisfies Flags;

/** @throws UsageError for flags that contradict each other */
export function manifestAccess(flags: FlagValues<typeof MANIFEST_REGISTRY_FLAGS>): RegistryAccess {
  if (flags.insecure === true && flags["tls-verify"] === true) throw new UsageError("--insecure and --tls-verify exclude each other");
  return { ...registryAccess(flags), ...(flags.insecure === undefined ? {} : { insecure: flags.insecure }) };
}

/** What can be said of an image in a list. */
export const ANNOTATION_FLAGS = {
  annotation: { type: "pairs", value: "KEY=VALUE", summary: "An annotation" },
  arch: { type: "string", value: "ARCH", summary: "Architecture" },
  os: { type: "string", value: "OS", summary: "Operating system" },
  "os-features": { type: "string", multiple: true, value: "FEATURE[,…]", summary: "Features of the operating system that it needs" },
  "os-version": { type: "string", value: "VERSION", summary: "Version of the operating system" },
  variant: { type: "string", value: "VARIANT", summary: "Variant of the architecture" },
  features: { type: "string", multiple: true, value: "FEATURE", summary: "Not built: image-spec has no features of a processor" },
} as const satisfies Flags;

/** @throws UsageError for --features */
export function annotationOf(flags: FlagValues<typeof ANNOTATION_FLAGS>): ImageAnnotation {
  if (flags.features !== undefined) throw new UsageError("--features is not built: image-spec has no features of a processor");
  const { annotation, arch, os, variant, "os-version": osVersion, "os-features": features } = flags;
  return {
    ...(annotation === undefined ? {} : { annotations: Object.fromEntries(annotation) }),
    ...(arch === undefined ? {} : { architecture: arch }),
    ...(os === undefined ? {} : { os }),
    ...(osVersion === undefined ? {} : { osVersion }),
    ...(features === undefined ? {} : { osFeatures: features.flatMap((text) => text.split(",")) }),
    ...(variant === undefined ? {} : { variant }),
  };
}
