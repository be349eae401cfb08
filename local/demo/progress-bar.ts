const WIDTH = 30;

/** A progress bar: redrawn in place on a terminal, a line per change elsewhere. */
export class ProgressBar {
  readonly #total: number;
  readonly #out: NodeJS.WriteStream;
  #last = -1;

  constructor(total: number, out: NodeJS.WriteStream = process.stdout) {
    this.#total = total;
    this.#out = out;
  }

  show(done: number, note: string): void {
    if (done === this.#last && !this.#out.isTTY) return;
    this.#last = done;
    const share = this.#total === 0 ? 1 : done / this.#total;
    const filled = Math.round(share * WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    const line = `  ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${done}/${this.#total}  ${note}`;
    this.#out.write(this.#out.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  end(): void {
    if (this.#out.isTTY) this.#out.write('\n');
  }
}
