import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const MISSING = `There is no Chromium, which the tests and pictures of the console need. To install it:
  Debian, Ubuntu:  sudo apt-get install -y chromium fonts-dejavu-core
  macOS:           brew install --cask chromium
or set CHROMIUM_PATH to the program.`;

/** The browser of this machine. @throws Error with the line that installs one, if there is none */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium(process.env);
  // As root, as in a container, Chromium does not start with its sandbox. It only loads the console.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [...args, '--disable-dev-shm-usage'] });
}

export function findChromium({
  CHROMIUM_PATH: named,
  PATH = '',
}: Readonly<Record<string, string | undefined>>): string {
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  const candidates = named
    ? [named]
    : [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...ELSEWHERE];
  const found = candidates.find(isProgram);
  if (found === undefined) throw new Error(named ? `CHROMIUM_PATH: ${named} is no program\n${MISSING}` : MISSING);
  return found;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
