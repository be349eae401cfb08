import type { Terminal } from '../terminal.ts';

const WIDTH = 30;

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly note: string;
}

/** A progress bar: redrawn in place on a terminal, a line per change elsewhere. */
export class ProgressBar {
  readonly #out: Terminal['err'];
  #last = '';

  constructor({ err }: Pick<Terminal, 'err'>) {
    this.#out = err;
  }

  show({ done, total, note }: Progress): void {
    const share = total === 0 ? 1 : done / total;
    const filled = Math.round(share * WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    const counts = `${String(Math.floor(share * 100)).padStart(3)} %  ${done}/${total}`;
    if (!this.#out.isTTY && counts === this.#last) return;
    this.#last = counts;
    const line = `  ${bar} ${counts}  ${note}`.trimEnd();
    this.#out.write(this.#out.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  }

  end(): void {
    if (this.#out.isTTY && this.#last !== '') this.#out.write('\n');
  }
}
