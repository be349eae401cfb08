/** The simulator's time: an injectable source plus an offset that the control API moves. Epoch milliseconds. */
export class SimulatorClock {
  offsetMs = 0;
  readonly #source: () => number;

  constructor(source: () => number) {
    this.#source = source;
  }

  now(): number {
    return this.#source() + this.offsetMs;
  }
}
