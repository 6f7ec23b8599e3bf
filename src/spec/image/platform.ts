// Platforms of images: image-spec 1.1 image-index.md, "platform".

export interface Platform {
  /** Go's GOARCH: amd64, arm64, arm, 386 … */
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}
