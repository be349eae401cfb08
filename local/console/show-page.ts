import type { Page } from 'playwright-core';

export interface ShownPage {
  /** The part of the address behind `#`, with it. */
  readonly hash: string;
  /** A text that the page has once it is there. */
  readonly until: string;
}

/** Milliseconds that a page may take, on a machine that does much else. */
const PATIENCE_MS = 60_000;

/** Goes to a page of the console, and waits until nothing of it is loading. */
export async function showPage(page: Page, { hash, until }: ShownPage): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await page.getByText(until).first().waitFor({ timeout: PATIENCE_MS });
  await page.locator('.loading').first().waitFor({ state: 'detached', timeout: PATIENCE_MS });
  await page.evaluate('document.activeElement?.blur()');
}
