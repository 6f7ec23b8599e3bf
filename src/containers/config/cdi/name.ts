// Names of devices that CDI specifications describe: `vendor.com/class=name` (Container Device Interface, SPEC.md, "CDI JSON Specification").

const VENDOR = "[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?";
const CLASS = "[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?";
const DEVICE = "[A-Za-z0-9](?:[A-Za-z0-9_.:-]*[A-Za-z0-9])?";

/** `vendor.com/class` */
export const CDI_KIND = new RegExp(`^${VENDOR}/${CLASS}$`);

export const CDI_DEVICE = new RegExp(`^${DEVICE}$`);

export const CDI_NAME = new RegExp(`^(${VENDOR}/${CLASS})=(${DEVICE})$`);
