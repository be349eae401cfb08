/** What the command's exit code says. Scripts rely on them. */
export const EXIT = {
  ok: 0,
  someUsersFailed: 1,
  usage: 2,
  notAuthorized: 3,
  notFound: 4,
  unavailable: 5,
  conflict: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
