/** What this tab knows of the console: the secret, and for whom the person acts. Both end with the tab. */
const SECRET = 'secret';
const ON_BEHALF_OF = 'on-behalf-of';

/** Takes the secret out of the address, so that it is in no history, bookmark or picture of the screen. */
export function takeSecret(): string | undefined {
  const [, given] = /^#key=([\w-]+)$/.exec(location.hash) ?? [];
  if (given !== undefined) {
    sessionStorage.setItem(SECRET, given);
    history.replaceState(null, '', '#/');
  }
  return sessionStorage.getItem(SECRET) ?? undefined;
}

export function onBehalfOf(): string | undefined {
  return sessionStorage.getItem(ON_BEHALF_OF) || undefined;
}

export function actFor(person: string): void {
  sessionStorage.setItem(ON_BEHALF_OF, person);
}

/** Whether the person chose for whom to act, or for nobody. */
export function hasChosen(): boolean {
  return sessionStorage.getItem(ON_BEHALF_OF) !== null;
}
