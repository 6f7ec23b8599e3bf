// Names of devices that CDI specifications describe: `vendor.com/class=name` (Container Device Interface 0.8, "Fully qualified device names").

const PART = "[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?";
const DEVICE = "[A-Za-z0-9](?:[A-Za-z0-9_.:-]*[A-Za-z0-9])?";

/** Vendor, class and device. */
export const CDI_NAME = new RegExp(
  `^([A-Za-z]${PART.slice("[A-Za-z0-9]".length)})/([A-Za-z]${PART.slice("[A-Za-z0-9]".length)})=(${DEVICE})$`,
);
