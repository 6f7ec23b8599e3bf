// The processor architectures that plans are made for, by uname(2)'s names.
export type Arch = "x86_64" | "aarch64";
