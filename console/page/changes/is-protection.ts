/** Whether a user of a job was left out because nobody may block them. The service says so by the name of the failure. */
export function isProtection({
  code,
  message,
}: {
  readonly code?: number | undefined;
  readonly message?: string | undefined;
}) {
  return code === 100 && message?.startsWith('(#100) Protected user') === true;
}
