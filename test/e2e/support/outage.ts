import { place } from './place.ts';

/** Graph goes down: waiting clients lose the connection, and new ones are refused. */
export function cutOffGraph(): Promise<void> {
  return control('/cut');
}

/** And is there again. */
export function bringGraphBack(): Promise<void> {
  return control('/restore');
}

async function control(path: string): Promise<void> {
  const response = await fetch(place.lineControlUrl + path, { method: 'POST' });
  if (!response.ok) throw new Error(`The line to the simulator refused ${path}: ${await response.text()}`);
}
