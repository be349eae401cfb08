import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { z } from 'zod';
import { until } from '../../local/until.ts';

export interface Look {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** The widest and the narrowest screen, one light and one dark. */
export const LOOKS: readonly Look[] = [
  { width: 1280, scheme: 'light' },
  { width: 360, scheme: 'dark' },
];

/** A tab of the console, and all that it did beside what it shows. */
export class ConsoleTab {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #origin: string;
  readonly #asked: string[] = [];
  readonly #complaints: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.#context = page.context();
    this.#origin = origin;
    this.#context.on('request', (request) => this.#asked.push(request.url()));
    this.#context.on('requestfailed', (request) => {
      // The browser did not make it: the page may not.
      if (request.failure()?.errorText === 'csp') this.#asked.splice(this.#asked.indexOf(request.url()), 1);
    });
    this.#context.on('weberror', (error) => this.#complaints.push(error.error().message));
    this.#context.on('console', (message) => {
      // The browser reports each refusal of the service by itself.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.#complaints.push(message.text());
      }
    });
  }

  static async open(browser: Browser, url: string, look: Look = { width: 1280, scheme: 'light' }): Promise<ConsoleTab> {
    const { width, scheme } = look;
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      colorScheme: scheme,
      // What moves is not looked at.
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const tab = new ConsoleTab(await context.newPage(), new URL(url).origin);
    // Less than a test may take, so that the action that waits in vain is named.
    tab.page.setDefaultTimeout(45_000);
    await tab.page.goto(url);
    return tab;
  }

  async goTo(hash: string): Promise<void> {
    await this.page.evaluate(`new Promise((resolve) => {
      if (location.hash === ${JSON.stringify(hash)}) return resolve();
      addEventListener('hashchange', () => requestAnimationFrame(() => requestAnimationFrame(resolve)), { once: true });
      location.hash = ${JSON.stringify(hash)};
    })`);
    await this.settled();
  }

  /** Until nothing is loading any more. */
  async settled(): Promise<void> {
    await this.page.locator('main h1').first().waitFor();
    const isQuiet = async () => ((await this.page.locator('.loading').count()) === 0 ? true : undefined);
    await until('nothing is loading', isQuiet, 60_000);
  }

  text(): Promise<string> {
    return this.page.evaluate<string>('document.body.innerText');
  }

  /** axe finds nothing, and nothing is wider than the screen. */
  async expectAccessible(what: string): Promise<void> {
    await this.page.evaluate(axe.source);
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const found = await this.page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(tags)} })`);
    const { violations } = results.parse(found);
    const findings = violations.map(
      ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`,
    );
    expect(findings, what).toEqual([]);
    const tooWide = await this.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(tooWide, `${what}: wider than the screen`).toBeLessThanOrEqual(0);
  }

  /** What the browser complained of until now; it is not complained of again. */
  takeComplaints(): string[] {
    return this.#complaints.splice(0);
  }

  /** Ends the tab. It asked nobody but the console, and neither failed nor did what the console forbids. */
  async close(): Promise<void> {
    await this.#context.close();
    const elsewhere = this.#asked.filter((url) => new URL(url).origin !== this.#origin && !url.startsWith('blob:'));
    expect(elsewhere).toEqual([]);
    expect(this.#asked.length).toBeGreaterThan(0);
    expect(this.#complaints).toEqual([]);
  }
}

const results = z.object({
  violations: z.array(z.object({ id: z.string(), help: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
});
