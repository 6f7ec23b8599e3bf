// How many there are at a time: in all, and of one, so that none can keep the others out.

export interface CrowdLimits {
  readonly all: number;
  readonly ofOne: number;
}

/** Those who are in, by who they are of. */
export class Crowd {
  readonly #limits: CrowdLimits;
  readonly #of = new Map<string, number>();
  #all = 0;

  constructor(limits: CrowdLimits) {
    this.#limits = limits;
  }

  /** Whether one more is too many. */
  isFullFor(who: string): boolean {
    return this.#all >= this.#limits.all || (this.#of.get(who) ?? 0) >= this.#limits.ofOne;
  }

  enter(who: string): void {
    this.#all++;
    this.#of.set(who, (this.#of.get(who) ?? 0) + 1);
  }

  leave(who: string): void {
    this.#all--;
    const left = (this.#of.get(who) ?? 0) - 1;
    if (left > 0) this.#of.set(who, left);
    else this.#of.delete(who);
  }
}
