/** Milliseconds in which the browser has begun to save. */
const READ_WITHIN = 10_000;

/** Gives a file to the browser to save. It is made here: nothing is fetched. */
export function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after this.
  setTimeout(() => URL.revokeObjectURL(url), READ_WITHIN);
}
