import { mkdir } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { launchChromium } from './chromium.ts';
import { type ShownPage, showPage } from './show-page.ts';

const SIZE = { width: 1200, height: 900 };

interface Picture extends ShownPage {
  /** Address of a running console, with its secret. */
  readonly url: string;
  readonly file: string;
}

/**
 * Makes a picture of a page of the console, if this machine has a browser.
 *
 * @returns what to tell about it: where it is, or why there is none, with the line that installs a browser. It never fails
 */
export async function takePicture({ url, file, ...shown }: Picture): Promise<string> {
  try {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ viewport: SIZE, reducedMotion: 'reduce' });
      await page.goto(url);
      await showPage(page, shown);
      await mkdir(dirname(file), { recursive: true });
      await page.screenshot({ path: file });
    } finally {
      await browser.close();
    }
    return `A picture of the console is in ${relative(process.cwd(), file)}`;
  } catch (error) {
    return `No picture of the console. ${error instanceof Error ? error.message : String(error)}`;
  }
}
