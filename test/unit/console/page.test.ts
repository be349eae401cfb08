import { expect, test, vi } from 'vitest';
import { loadPage } from '../../../console/server/page.ts';

test('in a clone, the page is built when the console starts, from whatever folder that is', async () => {
  vi.spyOn(process, 'cwd').mockReturnValue('/');
  const page = await loadPage();
  expect([...page.keys()]).toEqual(['/', '/console.js', '/console.css', '/icon.svg']);
  // Nothing in it is loaded from elsewhere.
  for (const { text } of page.values())
    expect(text.replaceAll('http://www.w3.org/', '')).not.toMatch(/(?:src|href)=["']?(?:https?:)?\/\//);
});
